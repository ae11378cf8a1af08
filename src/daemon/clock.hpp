/// \file
/// The loops' clock. Layer: daemon.
#pragma once

#include <chrono>

namespace tranche::daemon {

/// Seconds that never go back, from any origin.
inline double monotonic_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace tranche::daemon
