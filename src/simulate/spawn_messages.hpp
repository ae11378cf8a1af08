/// \file
/// What a slot and its spawner say to each other: one datagram each way for each run.
/// Layer: adapter (simulate). Of the C library only. Both ends come from the same build.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tranche::simulate {

/// Arguments and variables of one run, together, fit into this.
inline constexpr std::size_t most_spawn_bytes = 160 * 1024;
/// Descriptor of the spawner's end of the socket; 0, 1 and 2 are those of the programs.
inline constexpr int spawn_socket = 3;

/// Followed by zero-terminated texts: program, directory, input (empty: /dev/null), arguments, variables.
struct SpawnRequest {
  std::uint32_t bytes = 0;  ///< of the texts
  std::uint32_t arguments = 0;
  std::uint32_t variables = 0;
};

struct SpawnReply {
  std::int32_t step = 0;        ///< StartStep, if `error`
  std::int32_t error = 0;       ///< errno; 0: it was started, and has ended
  std::int32_t status = 0;      ///< of wait4()
  std::uint32_t strays = 0;     ///< processes it left behind, killed
  std::uint32_t left = 0;       ///< 1: there are some that could not be listed
  std::int64_t cpu_us = 0;      ///< user and system, of all that were waited for
  std::int64_t max_rss_kb = 0;  ///< of the largest of them
};

}  // namespace tranche::simulate
