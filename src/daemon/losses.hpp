/// \file
/// What a run that was ended before its work was done has lost: core time without a recorded sample.
/// Layer: daemon, rank 0.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tranche/directory/status.hpp"
#include "tranche/wire/messages.hpp"

namespace tranche::daemon {

class Losses {
 public:
  void joined(std::uint32_t slots) { slots_ += slots; }
  void withdrew(const wire::Withdrawn& fact, std::uint32_t slots, double now) {
    cut_s_ += fact.cut_s;
    idle_s_ += fact.idle_s;
    since_.push_back({slots, now});
  }

  /// Until now, the last moment of the run; nothing if nobody has withdrawn.
  std::optional<directory::Losses> total(double began_at, double now) const {
    if (since_.empty()) return std::nullopt;
    directory::Losses all{cut_s_, idle_s_, slots_ * (now - began_at)};
    for (const auto& agent : since_) all.idle_s += agent.slots * (now - agent.at);
    return all;
  }

 private:
  struct Idle {
    std::uint32_t slots = 0;
    double at = 0;
  };
  std::uint32_t slots_ = 0;
  double cut_s_ = 0;
  double idle_s_ = 0;
  std::vector<Idle> since_;  ///< an agent that has withdrawn does nothing any more
};

}  // namespace tranche::daemon
