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

std::optional<double> on_our_clock(std::optional<double> unix_time) {
  if (!unix_time) return std::nullopt;
  return monotonic_s() + *unix_time - directory::unix_now();
}

}  // namespace

JobClock::JobClock(std::optional<double> ends_at, AskTimeLeft ask)
    : told_{on_our_clock(ends_at)}, ask_{std::move(ask)}, end_{told_} {
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
    stop_wanted_ = !end_;
    return;
  }
  look_wanted_ = true;
  wake_.notify_all();
}

std::optional<double> JobClock::end() const {
  const std::lock_guard lock{mutex_};
  return end_;
}

bool JobClock::stop_wanted() const {
  const std::lock_guard lock{mutex_};
  return stop_wanted_;
}

/// A limit may be changed while the job runs; near the end it had better be right. Few questions otherwise:
/// one scheduler answers a whole cluster.
double JobClock::pause_s() const {
  if (!end_) return 60;
  return std::clamp((*end_ - monotonic_s()) / 4, 10.0, 600.0);
}

void JobClock::loop() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    const bool asked_for = std::exchange(look_wanted_, false);
    lock.unlock();
    const auto left = ask_();
    lock.lock();
    learn(left, asked_for);
    wake_.wait_for(lock, std::chrono::duration<double>{pause_s()},
                   [this] { return stopping_ || look_wanted_; });
  }
}

void JobClock::learn(std::optional<double> left, bool asked_for) {
  if (left && std::isfinite(*left)) {
    end_ = monotonic_s() + *left;
    if (told_) end_ = std::min(*end_, *told_);
  } else if (left) {
    end_ = told_;
  }
  if (asked_for && !end_) stop_wanted_ = true;
  news_.wake();
}

}  // namespace tranche::daemon
