/// \file
/// The stages of a status, as columns that fit.
/// Layer: application (cli), pure.
#pragma once

#include <string>

#include "tranche/directory/status.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::cli {

/// With every state that occurs if the style's width allows, else with what failed in one column and large
/// numbers cut to three digits.
std::string stage_table(const directory::Status& status, const inspect::TextStyle& style);

}  // namespace tranche::cli
