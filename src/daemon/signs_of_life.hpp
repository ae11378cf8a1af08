/// \file
/// Who has been silent, told from counters that move as long as their process lives.
/// Layer: daemon (pure: time is an argument).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace tranche::daemon {

class SignsOfLife {
 public:
  /// \param partners  how many are watched, 0 .. partners - 1; all count as seen at `now`
  SignsOfLife(int partners, double now);

  /// Time before `now` says nothing about anybody: the watcher itself was away, or nobody was asked.
  void forgive(double now);
  /// A counter as it was read. It counts as a sign of life if it has moved since it was read before.
  void saw(int partner, std::uint64_t counter, double now);

  struct Silence {
    int partner = 0;
    double for_s = 0;
  };
  /// The longest one, if it is longer than `limit_s`; of several equal ones that of the lowest number.
  std::optional<Silence> longest(double now, double limit_s) const;

 private:
  struct Partner {
    std::uint64_t counter = 0;
    double seen_at = 0;
  };
  std::vector<Partner> partners_;
};

}  // namespace tranche::daemon
