/// \file
/// Keeps a slot's process as its first sample found it, or says that it cannot be kept.
/// Layer: adapter (simulate). In slots only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "call_trap.hpp"
#include "process_state.hpp"
#include "setup.hpp"
#include "slot_accounts.hpp"
#include "variables.hpp"

namespace tranche::simulate {

/// Where user code runs.
enum class UserCode { inside, elsewhere };

class SlotUpkeep {
 public:
  /// Of a process after tranche_open: sets its limits and handlers; from here on it is as every sample shall
  /// find it. `outputs`: the mapping of the output arrays. Nothing is kept up if user code runs elsewhere.
  SlotUpkeep(const Setup& setup, SlotHeader& header, int rundir_fd, int err_fd,
             std::span<const std::byte> outputs, UserCode code);

  /// Around tranche_eval. One that ends in an exception does not return.
  void sample_begins() noexcept {
    made_calls_ = true;
    trap_->arm();
  }
  void sample_returns() noexcept { made_calls_ = trap_->disarm(); }
  /// Undoes what a sample may have changed without a system call. First of all: we want to compute, too.
  void tidy_memory();
  /// Undoes what it may have changed with system calls.
  void tidy_process(const RunFigures& figures);

  /// A program is about to run in place of user code: what it says on stderr begins here.
  void mark_stderr();

  /// The process must be replaced before the next sample.
  bool worn_out() const noexcept { return worn_out_; }

 private:
  void limit_memory();
  void limit_processes() const;
  bool hoards_memory() const;

  const Setup& setup_;
  SlotHeader& header_;
  int err_fd_;
  std::uint64_t open_data_bytes_ = 0;
  UserCode code_;
  std::optional<CallTrap> trap_;  ///< user code inside only
  Variables variables_;
  std::optional<ProcessState> process_;  ///< when limits and handlers are set
  std::uint64_t looked_ns_ = 0;
  bool made_calls_ = true;
  bool worn_out_ = false;
};

}  // namespace tranche::simulate
