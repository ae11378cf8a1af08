/// \file
/// Subcommands of the stand-alone program `ssc`. `register_x` binds options and the action; the action
/// returns the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace ssc::command {

/// Exit codes. 65 tells a campaign that the point itself has no spectrum (EX_DATAERR).
enum ExitCode { exit_ok = 0, exit_failed = 1, exit_usage = 2, exit_bad_point = 65 };

using Action = std::function<int()>;

void register_sed(CLI::App& app, Action& action);
void register_emission(CLI::App& app, Action& action);
void register_bench(CLI::App& app, Action& action);

}  // namespace ssc::command
