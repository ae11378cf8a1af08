/// \file
/// Which surrogate a person means.
/// Layer: application (cli).
#pragma once

#include <filesystem>
#include <string>

#include "context.hpp"

namespace tranche::cli {

/// `model`: a name below models/ of the campaign, or a path of a surrogate.h5 (with a slash, or ending in
/// .h5); empty: the only one there is. \throws Failure{usage} that lists what there is
std::filesystem::path find_surrogate(const Context& context, const std::string& model);

}  // namespace tranche::cli
