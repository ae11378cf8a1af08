#include "strays.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "process_tree.hpp"

namespace tranche::simulate {
namespace {

constexpr int most_rounds = 200;
constexpr useconds_t round_us = 100;

}  // namespace

void Strays::keep_present() {
  kept_ = children_of(::getpid());
}

void Strays::purge(std::span<const SlotWatch> slots) {
  for (int round = 0; round < most_rounds; ++round) {
    left_ = kill_round(slots);
    if (!left_) return;
    ::usleep(round_us);
  }
}

/// Orphans of dead slots are ours: those of a live slot stay with it. False if there are none.
bool Strays::kill_round(std::span<const SlotWatch> slots) const {
  bool any = false;
  for (const pid_t pid : children_of(::getpid())) {
    const auto is_slot = [pid](const SlotWatch& slot) { return slot.pid() == pid; };
    if (std::any_of(slots.begin(), slots.end(), is_slot)) continue;
    if (std::find(kept_.begin(), kept_.end(), pid) != kept_.end()) continue;
    any = true;
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, WNOHANG);
  }
  return any;
}

}  // namespace tranche::simulate
