/// \file
/// How an agent that has nothing to collect is woken: requests in shared memory, answers by an eventfd.
/// Layer: adapter (simulate). In the agent.
#pragma once

#include <cstdint>
#include <vector>

#include "shared_area.hpp"
#include "slot_queue.hpp"
#include "system.hpp"

namespace tranche::simulate {

class WakeUps {
 public:
  /// \throws Failure{environment}
  WakeUps();

  int fd() const noexcept { return event_fd_.get(); }
  /// Asks zygote and slots for a wake-up. Look once more then: a result from before would bring none.
  void arm(HostHeader& host, std::vector<SlotQueue>& queues);
  /// No wake-ups any more; without effect if none were asked for.
  void disarm(HostHeader& host, std::vector<SlotQueue>& queues);
  /// Whether the last poll() found nothing.
  void poll_found_nothing(bool nothing) noexcept { waited_ = nothing; }

 private:
  FileDescriptor event_fd_;
  bool armed_ = false;
  bool waited_ = false;
  std::uint64_t signals_sent_ = 0;  ///< wake-ups that lie in the eventfd, or soon will
};

}  // namespace tranche::simulate
