/// \file
/// Where stdout and stderr of a slot go: files that cannot grow without bound.
/// Layer: adapter (simulate).
#pragma once

#include <cstdint>
#include <string>

#include "system.hpp"

namespace tranche::simulate {

/// Disk space a captured file may keep; checked between samples and every few tens of milliseconds.
inline constexpr std::uint64_t captured_limit_bytes = std::uint64_t{1} << 20;

/// Opens `path` for appending, empty. \throws Failure{environment}.
FileDescriptor open_captured(const std::string& path);

/// Frees the disk space of all but the last part of the file if it holds more than the limit. Writers
/// append on, and the offsets of what is kept do not change. Safe from any process at any time.
void trim_captured(int fd, std::uint64_t limit = captured_limit_bytes) noexcept;

}  // namespace tranche::simulate
