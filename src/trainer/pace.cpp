#include "pace.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tranche::trainer {
namespace {

constexpr double warm_up = 0.1;
constexpr double lowest = 0.04;  ///< where the rise begins
constexpr double least_steps = 96;
constexpr double measure_each_s = 0.25;

}  // namespace

double one_cycle(double done) noexcept {
  if (done < warm_up) return lowest + (1 - lowest) * done / warm_up;
  const double share = (std::min(done, 1.0) - warm_up) / (1 - warm_up);
  return 0.5 * (1 + std::cos(std::numbers::pi * share)) + 1e-5;
}

Pace Pace::of_steps(std::uint64_t steps) noexcept {
  Pace pace;
  pace.total_ = steps;
  pace.remaining_ = static_cast<double>(steps);
  pace.known_ = true;
  return pace;
}

Pace Pace::of_time(double budget_s) noexcept {
  Pace pace;
  pace.budget_s_ = budget_s;
  return pace;
}

bool Pace::ended() const noexcept {
  return timed() ? known_ && remaining_ < 1 : steps_ >= total_;
}

void Pace::step() noexcept {
  ++steps_;
  if (!timed()) {
    done_ = static_cast<double>(steps_) / static_cast<double>(total_);
    remaining_ = static_cast<double>(total_ - steps_);
  } else if (known_) {
    done_ += (1 - done_) / std::max(1.0, remaining_);
    remaining_ -= 1;
  }
}

void Pace::measured(double used_s) noexcept {
  const double now = std::max(1e-9, (used_s - measured_s_) / static_cast<double>(steps_ - measured_steps_));
  step_s_ = step_s_ > 0 ? 0.7 * step_s_ + 0.3 * now : now;
  measured_steps_ = steps_;
  measured_s_ = used_s;
  if (timed()) {
    const double fit = (budget_s_ - used_s) / step_s_;
    // However small the budget: a few steps, so that the schedule has a shape.
    const auto made = static_cast<double>(steps_);
    remaining_ = std::max({0.0, fit, least_steps - made});
    known_ = true;
  }
  const double pause = std::clamp(measure_each_s / step_s_, 1.0, 1024.0);
  const double left = timed() ? std::max(8.0, remaining_ / 4) : pause;
  next_measure_ = steps_ + static_cast<std::uint64_t>(std::min(pause, left));
}

void Pace::set_remaining(double steps) noexcept {
  if (!timed()) return;
  remaining_ = steps;
  known_ = true;
}

void Pace::resume(std::uint64_t steps, double done, double remaining, double used_s) noexcept {
  steps_ = steps;
  done_ = done;
  remaining_ = remaining;
  measured_steps_ = steps;
  measured_s_ = used_s;
  known_ = !timed() || remaining > 0;
  next_measure_ = steps + first_steps;
}

}  // namespace tranche::trainer
