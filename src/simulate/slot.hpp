/// \file
/// A slot process: takes tasks from its ring, runs them one by one, publishes results.
/// Layer: adapter (simulate). Runs in a child of the zygote and never returns to it.
///
/// What a sample may have changed is put back before the next one: floating-point mode, environment,
/// locale always; signal mask, handlers and stack, interval timers, umask, directory, limits, priority,
/// processors if it made a system call at all (see CallTrap). The process is replaced, and what is left of it
/// killed, after a sample that closed or redirected descriptors 0 to 2, left children or more threads than
/// it may use, ran out of memory or holds half of the memory limit, wrote next to its outputs or
/// into shared memory. Not undone: the plug-in's own data, and timers of timer_create().
#pragma once

#include "setup.hpp"
#include "simulator.hpp"

namespace tranche::simulate {

/// Opens the simulator, then runs samples until the host closes. Leaves by _exit.
[[noreturn]] void run_slot(const Setup& setup, Simulator& simulator, std::uint32_t slot);

}  // namespace tranche::simulate
