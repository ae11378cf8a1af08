#include "backlog.hpp"

#include <algorithm>

namespace tranche::daemon {

void Backlog::add(const wire::Grant& grant) {
  for (const auto& range : grant.ranges) {
    ranges_.push_back(range);
    size_ += range.size();
  }
  for (const auto& from : grant.attempts) attempts_[from.index] = from;
}

void Backlog::add_retry(const wire::AttemptFrom& next) {
  retries_.push_back(next);
  ++size_;
}

void Backlog::add_later(const wire::AttemptFrom& next, Time due) {
  later_.emplace(due, next);
  ++size_;
}

bool Backlog::ready(Time now) {
  while (!later_.empty() && later_.begin()->first <= now) {
    retries_.push_back(later_.begin()->second);
    later_.erase(later_.begin());
  }
  return size_ > later_.size();
}

std::optional<Backlog::Time> Backlog::next_due() const {
  return later_.empty() ? std::nullopt : std::optional{later_.begin()->first};
}

wire::AttemptFrom Backlog::take() {
  --size_;
  if (!retries_.empty()) {
    const auto next = retries_.front();
    retries_.pop_front();
    return next;
  }
  auto& range = ranges_.front();
  wire::AttemptFrom next{range.begin};
  if (++range.begin == range.end) ranges_.pop_front();
  if (const auto from = attempts_.find(next.index); from != attempts_.end()) {
    next = from->second;
    attempts_.erase(from);
  }
  return next;
}

std::vector<IndexRange> Backlog::take_all() {
  std::vector<IndexRange> all{ranges_.begin(), ranges_.end()};
  for (const auto& retry : retries_) all.push_back({retry.index, retry.index + 1});
  for (const auto& [due, retry] : later_) all.push_back({retry.index, retry.index + 1});
  ranges_.clear();
  retries_.clear();
  later_.clear();
  attempts_.clear();
  size_ = 0;
  return all;
}

std::vector<IndexRange> to_ranges(std::vector<SampleIndex> indices) {
  std::sort(indices.begin(), indices.end());
  std::vector<IndexRange> ranges;
  for (const auto index : indices) {
    if (!ranges.empty() && ranges.back().end == index) {
      ++ranges.back().end;
    } else {
      ranges.push_back({index, index + 1});
    }
  }
  return ranges;
}

}  // namespace tranche::daemon
