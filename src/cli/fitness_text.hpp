/// \file
/// Checks as lines for people: verdict, name, what was seen, what to do.
/// Layer: application (cli).
#pragma once

#include <string>
#include <vector>

#include "tranche/inspect/fitness.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::cli {

std::string fitness_text(const std::vector<inspect::FitnessCheck>& checks, const inspect::TextStyle& style);

}  // namespace tranche::cli
