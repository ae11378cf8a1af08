/// \file
/// The whole command line: options, subcommands, help.
/// Layer: application (cli).
#pragma once

#include <span>
#include <string>

#include "context.hpp"

namespace tranche::cli {

/// Parses and does what was asked for. Returns the exit code; throws nothing.
int run_application(std::span<const char* const> arguments, Context& context);

}  // namespace tranche::cli
