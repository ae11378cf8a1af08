/// \file
/// Signals of a rank as something to read, so that nothing happens inside a handler.
/// Layer: daemon. Make it first of all, and before MPI_Init: a thread of MPI that did not inherit the mask
/// would die of USR1. USR1: stop; USR2: the end of the allocation may be near, look at the time.
#pragma once

namespace tranche::daemon {

class Signals {
 public:
  /// Blocks USR1, USR2, TERM and INT for this thread and those it starts; ignores PIPE and HUP.
  /// \throws IoError
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// TERM ends this process at once: the launcher's word that another rank is dead. A rank that waits for it
  /// in a collective call could not read it.
  void let_term_end_us();

  int fd() const noexcept { return fd_; }  ///< readable when a signal has come
  /// Number of a signal that has come, or 0. Never waits.
  int take() const;

 private:
  int fd_ = -1;
};

}  // namespace tranche::daemon
