/// \file
/// All slots of a zygote: forks them, watches them, buries them and forks their successors.
/// Layer: adapter (simulate). In the zygote only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "setup.hpp"
#include "slot_watch.hpp"
#include "strays.hpp"
#include "unborn_slots.hpp"

namespace tranche::simulate {

class SlotFleet {
 public:
  /// `become_slot` runs in a forked child and does not return; `give_up` tells the agent why there can be no
  /// slots any more.
  SlotFleet(const Setup& setup, std::function<void(std::uint32_t)> become_slot,
            std::function<void(const std::string&)> give_up)
      : setup_{setup}, become_slot_{std::move(become_slot)}, give_up_{std::move(give_up)} {}

  /// What tranche_load started stays when strays are killed.
  void keep_present_children() { strays_.keep_present(); }
  /// Forks all slots; without effect the second time.
  void start();
  bool started() const noexcept { return !slots_.empty(); }

  /// Collects the dead and replaces them.
  void reap();
  /// One look at everything that has a limit.
  void supervise();
  /// Nothing runs, nothing waits to, nobody is left to kill.
  bool quiet() const;
  bool any_alive() const;
  void distrust(std::uint32_t slot) { slots_.at(slot).distrust(); }
  /// The agent has set up the queue of `slot` anew.
  void mended(std::uint32_t slot);
  /// The end: kills and reaps slots, strays and helpers.
  void kill_all();

 private:
  void spawn(std::uint32_t slot);
  void postpone(std::uint32_t slot, int error);
  void retry_forks(std::uint64_t now);
  void bury(pid_t pid, int status, const rusage& usage);
  void replace(std::uint32_t slot, const SlotDeath& death);
  void look_for_fork_bombs(std::uint64_t now);
  void end_steps() const;
  bool closing() const { return setup_.memory.host().closing.load() != 0; }

  const Setup& setup_;
  std::function<void(std::uint32_t)> become_slot_;
  std::function<void(const std::string&)> give_up_;
  std::vector<SlotWatch> slots_;
  Strays strays_;
  UnbornSlots unborn_;
  std::size_t tasks_seen_ = 0;  ///< tasks_on_machine() when nobody was over the limit
  std::uint64_t counted_ns_ = 0;
};

}  // namespace tranche::simulate
