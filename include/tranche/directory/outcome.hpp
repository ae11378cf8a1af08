/// \file
/// How a job ended, for the parent: mpirun's own exit code says little after a signal.
/// Layer: adapter (POSIX files, JSON). Written by rank 0 at an orderly end, or by the first rank that fails.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tranche/base/errors.hpp"

namespace tranche::directory {

struct Outcome {
  ExitCode code = ExitCode::unexpected;
  std::string text;  ///< one or more lines for people
  std::string fix;   ///< what to type
};

/// Keeps the first: a later failure is usually its consequence.
void write_outcome(const std::filesystem::path& path, const Outcome& outcome);
std::optional<Outcome> read_outcome(const std::filesystem::path& path);

/// Beside it, a file that rank 0 makes as soon as all of several ranks have met, and removes at an orderly
/// end.
std::filesystem::path signs_path(const std::filesystem::path& outcome);

}  // namespace tranche::directory
