/// \file
/// history.jsonl of a trial: a line for each look at how it goes.
/// Layer: application (trainer; JSON).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "training.hpp"

namespace tranche::trainer {

/// {"step", "epoch", "done", "loss", "check", "r2", "lr", "cpu_s"}
std::string to_json_line(const Check& check);

/// Removes what was written after `step`: a training goes on from there. No file: nothing to do.
void cut_history(const std::filesystem::path& path, std::uint64_t step);
/// \throws IoError
void append_history(const std::filesystem::path& path, const Check& check);

}  // namespace tranche::trainer
