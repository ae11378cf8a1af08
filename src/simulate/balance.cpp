#include "balance.hpp"

#include <algorithm>

#include "tranche/base/errors.hpp"

namespace tranche::simulate {

SlotQueue& least_loaded(std::vector<SlotQueue>& queues) {
  SlotQueue* best = nullptr;
  for (SlotQueue& queue : queues) {
    if (queue.room() > 0 && (best == nullptr || queue.outstanding() < best->outstanding())) best = &queue;
  }
  ensure(best != nullptr, "submit needs room");
  return *best;
}

bool spread(std::vector<SlotQueue>& queues, std::vector<Task>& moving) {
  bool any = false;
  for (SlotQueue& idle : queues) {
    if (idle.outstanding() > 0 || idle.room() == 0) continue;
    auto& longest = *std::max_element(
        queues.begin(), queues.end(),
        [](const SlotQueue& a, const SlotQueue& b) { return a.outstanding() < b.outstanding(); });
    if (longest.outstanding() < 2) break;
    const auto half = std::min<std::size_t>(longest.outstanding() / 2, idle.room());
    moving.clear();
    longest.take_back(static_cast<std::uint32_t>(half), moving);
    for (auto task = moving.rbegin(); task != moving.rend(); ++task) idle.submit(*task);
    idle.publish();
    any = true;
  }
  return any;
}

}  // namespace tranche::simulate
