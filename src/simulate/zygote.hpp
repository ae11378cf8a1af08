/// \file
/// The process that loads the plug-in once and looks after the slots it forks: deadlines, memory,
/// deaths, replacements. Layer: adapter (simulate). Single-threaded; a child of the agent.
///
/// The zygote alone reaps slots and alone kills them, so a process number cannot have been reused when
/// it is signalled. It needs no help from the agent between two tasks: while the agent writes an epoch,
/// a crashed slot is replaced and an overdue one killed all the same.
#pragma once

#include "setup.hpp"

namespace tranche::simulate {

/// Runs in the forked child; `socket` is its end of a SOCK_SEQPACKET pair. Ends when the agent says so
/// or its end of the socket is closed.
[[noreturn]] void run_zygote(const Setup& setup, int socket, pid_t agent);

}  // namespace tranche::simulate
