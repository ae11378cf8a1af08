#include "job_clock.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "clock.hpp"
#include "tranche/directory/files.hpp"

namespace tranche::daemon {
namespace {

/// From now on, which is when the run was started.
std::optional<schedule::Allocation> until(std::optional<double> unix_time) {
  if (!unix_time) return std::nullopt;
  const double now = monotonic_s();
  return schedule::Allocation{now, now + *unix_time - directory::unix_now()};
}

}  // namespace

JobClock::JobClock(std::optional<double> ends_at, AskTime ask)
    : told_{until(ends_at)}, ask_{std::move(ask)}, allocation_{told_} {
  if (!ask_) return;
  thread_ = std::thread{[this] { loop(); }};
  pthread_setname_np(thread_.native_handle(), "job clock");
}

JobClock::~JobClock() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void JobClock::look() {
  const std::lock_guard lock{mutex_};
  if (!ask_) {
    stop_wanted_ = !allocation_;
    return;
  }
  look_wanted_ = true;
  wake_.notify_all();
}

std::optional<schedule::Allocation> JobClock::allocation() const {
  const std::lock_guard lock{mutex_};
  return allocation_;
}

bool JobClock::stop_wanted() const {
  const std::lock_guard lock{mutex_};
  return stop_wanted_;
}

/// A limit may be changed while the job runs, and a preemption gives a minute of grace perhaps; near the end
/// it had better be right. Few questions otherwise:
/// one scheduler answers a whole cluster.
double JobClock::pause_s() const {
  if (!allocation_) return 60;
  return std::clamp((allocation_->end - monotonic_s()) / 4, 10.0, 60.0);
}

void JobClock::loop() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    const bool asked_for = std::exchange(look_wanted_, false);
    lock.unlock();
    const auto time = ask_();
    lock.lock();
    learn(time, asked_for);
    wake_.wait_for(lock, std::chrono::duration<double>{pause_s()},
                   [this] { return stopping_ || look_wanted_; });
  }
}

void JobClock::learn(const std::optional<slurm::JobTime>& time, bool asked_for) {
  if (time && std::isfinite(time->left_s)) {
    const double end = monotonic_s() + time->left_s;
    allocation_ = schedule::Allocation{end - std::max(time->limit_s, time->left_s), end};
    if (told_ && told_->end < end) allocation_ = told_;
  } else if (time) {
    allocation_ = told_;
  }
  if (asked_for && !allocation_) stop_wanted_ = true;
  news_.wake();
}

}  // namespace tranche::daemon
