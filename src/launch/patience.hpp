/// \file
/// Notices ranks that never come together, and a launcher that stays when they have left: it waits for ever
/// for a node that was lost meanwhile. Layer: launch (pure, but for start_limit_s()).
#pragma once

namespace tranche::launch {

/// How long ranks may take to meet: 5 min, or TRANCHE_START_S of the environment, 2 s at least.
double start_limit_s();

class Patience {
 public:
  enum class Word { wait, end, kill };

  Patience(double began_at, double limit_s) : began_at_{began_at}, limit_s_{limit_s} {}

  /// What to do with the launcher, to be asked now and then. `met`: what was waited for has come (ranks that
  /// meet); for good once it was so. Each of `end` and `kill` is said once.
  Word look(bool met, double now);
  bool gave_up() const noexcept { return said_ != Word::wait; }

 private:
  double began_at_;
  double limit_s_;
  bool met_ = false;
  Word said_ = Word::wait;
};

}  // namespace tranche::launch
