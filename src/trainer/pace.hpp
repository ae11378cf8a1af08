/// \file
/// How far along its schedule a training is, and how large its steps are there.
/// Layer: application (trainer, pure). Time is an argument.
#pragma once

#include <cstdint>

namespace tranche::trainer {

/// Share of the top learning rate at `done` in [0,1] of the schedule: a rise over the first tenth, a cosine
/// to nearly nothing (Smith & Topin 2018).
double one_cycle(double done) noexcept;

/// The end of a schedule is a number of steps, or a time that is used up: then the time of a step is measured
/// again and again, and what is left of the schedule is spread over the steps that still fit.
class Pace {
 public:
  static Pace of_steps(std::uint64_t steps) noexcept;
  static Pace of_time(double budget_s) noexcept;

  double done() const noexcept { return done_; }
  bool ended() const noexcept;
  bool timed() const noexcept { return budget_s_ > 0; }
  std::uint64_t steps() const noexcept { return steps_; }

  /// A step was made.
  void step() noexcept;
  /// Whether it is time to call measured(). By steps: now and then.
  bool measure_now() const noexcept { return measure_after(steps_); }
  bool measure_after(std::uint64_t step) const noexcept { return step >= next_measure_; }
  /// `used_s`: all time used so far. Not to be called twice after the same step.
  void measured(double used_s) noexcept;
  /// Steps still to come, as far as is known.
  double remaining() const noexcept { return remaining_; }
  /// Another process has measured.
  void set_remaining(double steps) noexcept;
  /// Goes on where another left off, which had used `used_s` then.
  void resume(std::uint64_t steps, double done, double remaining, double used_s) noexcept;

 private:
  static constexpr std::uint64_t first_steps = 32;  ///< made before the first measurement
  double budget_s_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t steps_ = 0;
  double done_ = 0;
  double remaining_ = 0;
  bool known_ = false;  ///< remaining_ is
  std::uint64_t next_measure_ = first_steps;
  std::uint64_t measured_steps_ = 0;
  double measured_s_ = 0;
  double step_s_ = 0;
};

}  // namespace tranche::trainer
