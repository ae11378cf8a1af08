/// \file
/// Tells whether user code made a system call, at no cost if it did not.
/// Layer: adapter (simulate). For the one thread of a slot that runs samples.
///
/// Whatever the kernel keeps about a process (signal mask, directory, timers, children, ...) is changed by
/// system calls only, so a sample without one needs no looking after, and a short one without one costs
/// no system call at all. Linux's system call user dispatch (5.11) delivers SIGSYS in place of the first
/// call; the handler turns it off and has the call made again, so that further calls cost nothing extra.
/// Threads and children are not trapped.
#pragma once

#include <cstdint>

namespace tranche::simulate {

class CallTrap {
 public:
  /// Installs the handler. Without effect where the kernel has no such thing, or somebody handles SIGSYS.
  CallTrap() noexcept;

  bool available() const noexcept { return available_; }
  void arm() noexcept;
  /// True if a call was made, or may have been.
  bool disarm() noexcept;
  /// Calls may be made again, as after disarm(); for signal handlers.
  static void lift() noexcept;

 private:
  bool available_ = false;
  bool armed_ = false;
  std::uint32_t streak_ = 0;  ///< armed runs in a row that made calls
  std::uint32_t spared_ = 0;  ///< runs not trapped since
};

}  // namespace tranche::simulate
