/// \file
/// What an agent owns and has not handed to a slot yet.
/// Layer: daemon.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "tranche/wire/messages.hpp"

namespace tranche::daemon {

/// Order: retries first, then the granted ranges as they came.
class Backlog {
 public:
  void add(const wire::Grant& grant);
  /// Runs again before anything new begins.
  void add_retry(const wire::AttemptFrom& next);

  std::uint64_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// Precondition: not empty.
  wire::AttemptFrom take();
  /// Everything, as ranges; empties the backlog.
  std::vector<IndexRange> take_all();

 private:
  std::deque<wire::AttemptFrom> retries_;
  std::deque<IndexRange> ranges_;
  std::map<SampleIndex, wire::AttemptFrom> attempts_;
  std::uint64_t size_ = 0;
};

/// Sorted, adjacent indices merged.
std::vector<IndexRange> to_ranges(std::vector<SampleIndex> indices);

}  // namespace tranche::daemon
