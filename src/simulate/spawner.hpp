/// \file
/// Runs programs by way of tranche-spawn, one at a time, and tells how they ended and what they used.
/// Layer: adapter (simulate). In slots; one spawner a slot, which dies with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "child_process.hpp"
#include "system.hpp"

namespace tranche::simulate {

/// Where tranche-spawn is: ../lib/tranche/ as seen from the running program.
/// \throws Failure{environment} if it is not there.
std::string find_spawn_program();

/// One run of a program.
struct SpawnOrder {
  std::string program;                 ///< absolute path
  std::vector<std::string> arguments;  ///< argv, the program's name included
  std::vector<std::string> variables;  ///< NAME=VALUE, in addition to, or instead of, those of the slot
  std::string directory;               ///< working directory; empty: the slot's
  std::string input;                   ///< file on standard input, relative to it; empty: /dev/null
};

/// How it ended.
struct SpawnEnd {
  std::string not_started;  ///< empty, or why it could not be started
  int exit_code = 0;
  int signal = 0;
  double cpu_s = 0;             ///< user + system, of the program and all processes below it
  std::int64_t max_rss_kb = 0;  ///< of the largest of these
  bool strays_left = false;     ///< this slot has processes below it that it cannot find
};

class Spawner {
 public:
  /// Starts it. Programs write to `out` and `err`. \throws Failure{environment}
  Spawner(const std::string& spawn_program, int out, int err);

  /// Starts a program and waits for it and for what it leaves behind, which is killed. Nothing if the
  /// spawner is dead.
  std::optional<SpawnEnd> run(const SpawnOrder& order);

 private:
  void compose(const SpawnOrder& order);

  FileDescriptor socket_;
  std::optional<ChildProcess> process_;
  std::string message_;
};

}  // namespace tranche::simulate
