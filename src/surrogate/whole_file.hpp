/// \file
/// Files that are read at once, and appear at once.
/// Layer: surrogate (private).
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace tranche::surrogate {

/// \throws IoError with path and errno's text
std::vector<std::byte> read_whole(const std::filesystem::path& path);
/// Under a temporary name beside it, synced, renamed; the folder synced. \throws IoError; nothing is left
/// behind
void write_whole(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace tranche::surrogate
