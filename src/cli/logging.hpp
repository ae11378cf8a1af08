/// \file
/// Logs of the libraries below go to stderr; -q and -v choose how much.
/// Layer: application (cli).
#pragma once

#include "context.hpp"

namespace tranche::cli {

void set_up_logging(const Context& context);

}  // namespace tranche::cli
