/// \file
/// When this run's allocation ends, as far as anybody knows.
/// Layer: daemon, rank 0. Asks the batch system on a thread of its own: it may take seconds to answer.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "wake_fd.hpp"

namespace tranche::daemon {

/// Seconds left; infinite without a limit; nothing if nobody answers.
using AskTimeLeft = std::function<std::optional<double>()>;

class JobClock {
 public:
  /// `ends_at`: Unix time, told when the run was started. `ask`: empty if there is no batch system to ask.
  JobClock(std::optional<double> ends_at, AskTimeLeft ask);
  ~JobClock();
  JobClock(const JobClock&) = delete;
  JobClock& operator=(const JobClock&) = delete;

  /// A signal has come that may mean that the end is near: asks now.
  void look();
  /// On the clock of monotonic_s(); nothing while it is not known, or if there is none.
  std::optional<double> end() const;
  /// look() found no end: whoever sent the signal wants this run to stop.
  bool stop_wanted() const;
  /// Readable when one of the two has something new.
  const WakeFd& news() const noexcept { return news_; }

 private:
  void loop();
  void learn(std::optional<double> left, bool asked_for);
  double pause_s() const;

  const std::optional<double> told_;  ///< on the clock of monotonic_s()
  const AskTimeLeft ask_;
  WakeFd news_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<double> end_;
  bool look_wanted_ = false;
  bool stop_wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tranche::daemon
