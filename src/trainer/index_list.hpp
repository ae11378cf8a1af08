/// \file
/// A list of samples in a file: what a training began with, so that one that goes on takes the same.
/// Layer: application (trainer; POSIX files).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tranche/base/ids.hpp"

namespace tranche::trainer {

/// Atomically. `key`: a line of text, what the list is for. \throws IoError
void write_index_list(const std::filesystem::path& path, const std::string& key,
                      const std::vector<SampleIndex>& list);
/// As write_index_list, unless there is one of this key already; returns the list that is there in the end.
/// An empty list is none: nothing is written, and one that is there gives way.
std::vector<SampleIndex> first_index_list(const std::filesystem::path& path, const std::string& key,
                                          const std::vector<SampleIndex>& list);
/// Nothing if there is none, or one for something else, or one that is cut short.
std::optional<std::vector<SampleIndex>> read_index_list(const std::filesystem::path& path,
                                                        const std::string& key);

/// Those of `list` that `all` holds too. Both ascending.
std::vector<SampleIndex> common(const std::vector<SampleIndex>& list, const std::vector<SampleIndex>& all);

}  // namespace tranche::trainer
