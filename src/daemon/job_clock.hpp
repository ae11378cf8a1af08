/// \file
/// When this run's allocation ends, as far as anybody knows.
/// Layer: daemon, rank 0. Asks the batch system on a thread of its own: it may take seconds to answer.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "tranche/schedule/walltime.hpp"
#include "tranche/slurm/jobs.hpp"
#include "wake_fd.hpp"

namespace tranche::daemon {

/// Nothing if nobody answers.
using AskTime = std::function<std::optional<slurm::JobTime>()>;

class JobClock {
 public:
  /// `ends_at`: Unix time, told when the run was started. `ask`: empty if there is no batch system to ask.
  JobClock(std::optional<double> ends_at, AskTime ask);
  ~JobClock();
  JobClock(const JobClock&) = delete;
  JobClock& operator=(const JobClock&) = delete;

  /// A signal has come that may mean that the end is near: asks now.
  void look();
  /// On the clock of monotonic_s(); nothing while its end is not known, or if there is none.
  std::optional<schedule::Allocation> allocation() const;
  /// look() found no end: whoever sent the signal wants this run to stop.
  bool stop_wanted() const;
  /// Readable when one of the two has something new.
  const WakeFd& news() const noexcept { return news_; }

 private:
  void loop();
  void learn(const std::optional<slurm::JobTime>& time, bool asked_for);
  double pause_s() const;

  const std::optional<schedule::Allocation> told_;
  const AskTime ask_;
  WakeFd news_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<schedule::Allocation> allocation_;
  bool look_wanted_ = false;
  bool stop_wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tranche::daemon
