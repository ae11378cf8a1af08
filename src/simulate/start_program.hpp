/// \file
/// vfork and exec of a program that shall find nothing of ours.
/// Layer: adapter (simulate). Of the C library only: the spawner, which must stay tiny, uses it too.
#pragma once

#include <sys/types.h>

namespace tranche::simulate {

/// What to start, and what it finds. Everything must live until start_program() returns.
struct StartPlan {
  const char* program = nullptr;     ///< a path; no search
  char* const* arguments = nullptr;  ///< argv: ends in nullptr
  char* const* variables = nullptr;  ///< environ: ends in nullptr
  const char* directory = nullptr;   ///< nullptr: ours
  const char* in_path = nullptr;     ///< as stdin, relative to `directory`; nullptr: `in`
  int in = -1;                       ///< -1: /dev/null
  int out = -1;                      ///< -1: /dev/null
  int err = -1;                      ///< -1: /dev/null
  int extra = -1;                    ///< as descriptor 3; -1: none
  /// The caller's own descriptors 0 to 2 are meant, all others of it close at exec, and it ignores no signal.
  bool inherits = false;
};

enum class StartStep : int { fork, directory, input, descriptors, exec };

struct Started {
  pid_t pid = -1;  ///< -1: it was not
  StartStep step = StartStep::fork;
  int error = 0;  ///< errno of that step
};

/// The program leads a process group of its own, dies with the calling thread, and has descriptors 0 to 2,
/// default signal handlers and an empty signal mask. Memory of the caller is not copied.
Started start_program(const StartPlan& plan) noexcept;

/// SIGKILL for the group that `leader` leads, and for itself. `leader` must not have been reaped.
void kill_group(pid_t leader) noexcept;

}  // namespace tranche::simulate
