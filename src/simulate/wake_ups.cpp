#include "wake_ups.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

namespace tranche::simulate {

WakeUps::WakeUps() : event_fd_{checked_fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")} {}

void WakeUps::arm(HostHeader& host, std::vector<SlotQueue>& queues) {
  // Also if nothing was found twice in a row: user code may have made its slot send one too many.
  if (signals_sent_ > 0 || waited_) {
    std::uint64_t signals = 0;
    if (::read(event_fd_.get(), &signals, sizeof signals) > 0)
      signals_sent_ -= std::min(signals_sent_, signals);
  }
  armed_ = true;
  host.armed.store(1, std::memory_order_seq_cst);
  for (SlotQueue& queue : queues) queue.arm();
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

/// Who has taken the request has sent a wake-up, or is about to: the eventfd must be read some time.
void WakeUps::disarm(HostHeader& host, std::vector<SlotQueue>& queues) {
  if (!armed_) return;
  armed_ = false;
  if (host.armed.exchange(0, std::memory_order_seq_cst) == 0) ++signals_sent_;
  for (SlotQueue& queue : queues) signals_sent_ += queue.disarm() ? 1 : 0;
}

}  // namespace tranche::simulate
