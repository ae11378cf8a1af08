/// \file
/// What user code finds around it: environment variables, signals, limits, floating-point mode.
/// Layer: adapter (simulate). For use in the zygote and the slots only.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared_area.hpp"

namespace tranche::simulate {

/// Whether an environment variable says so.
bool belongs_to_mpi(std::string_view name);
/// Removes what would make a program started here believe it is a rank of our MPI job.
void scrub_environment();
/// OMP_NUM_THREADS and its relatives, as NAME=VALUE.
std::vector<std::string> thread_settings(std::uint32_t threads);
/// Sets them here.
void set_thread_variables(std::uint32_t threads);

/// Default dispositions, empty mask; signals meant for the job as a whole (TERM, INT, HUP, USR1, USR2)
/// do nothing here, since the agent decides what they mean. Programs started by user code get defaults.
void reset_signals();
/// Of the above, the empty mask only.
void unblock_signals();

/// Dies with its parent, also if that has died already.
void die_with_parent(pid_t parent);

/// Rounding to nearest, no trapping, no flushing of subnormals, an empty x87 stack; strings go upwards.
void reset_floating_point() noexcept;

/// Notes signal, errno and place of a crash in shared memory and lets the signal take its course. On a
/// stack of its own, so that stack overflows are noted too. Handlers that somebody has set stay, and so does
/// a signal stack if it is as large as ours. Call once in each slot.
void install_crash_notes(SlotHeader& header, std::span<const std::byte> outputs);

/// exit() in user code must not run what the agent's program registered with atexit.
void leave_without_exit_handlers();

}  // namespace tranche::simulate
