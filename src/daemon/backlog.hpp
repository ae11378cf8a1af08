/// \file
/// What an agent owns and has not handed to a slot yet.
/// Layer: daemon.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "tranche/wire/messages.hpp"

namespace tranche::daemon {

/// Order: retries first, then the granted ranges as they came. Some retries wait for a while.
class Backlog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void add(const wire::Grant& grant);
  /// Runs again before anything new begins.
  void add_retry(const wire::AttemptFrom& next);
  /// Runs again at `due` or after it.
  void add_later(const wire::AttemptFrom& next, Time due);

  std::uint64_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  /// Whether there is something to do by now.
  bool ready(Time now);
  /// When what waits is due next.
  std::optional<Time> next_due() const;

  /// Precondition: ready().
  wire::AttemptFrom take();
  /// Everything, as ranges; empties the backlog.
  std::vector<IndexRange> take_all();

 private:
  std::deque<wire::AttemptFrom> retries_;
  std::multimap<Time, wire::AttemptFrom> later_;
  std::deque<IndexRange> ranges_;
  std::map<SampleIndex, wire::AttemptFrom> attempts_;
  std::uint64_t size_ = 0;
};

/// Sorted, adjacent indices merged.
std::vector<IndexRange> to_ranges(std::vector<SampleIndex> indices);

}  // namespace tranche::daemon
