/// \file
/// An agent as the master sees it: exact ends of its slots' samples, and the messages it would send.
/// For bench_scale. Seconds; instants on one clock that starts at 0.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "tranche/wire/messages.hpp"

namespace tranche::bench {

/// What a sample costs: a pure function of its index.
class Costs {
 public:
  enum class Spread : std::uint8_t { ssc, heavy };
  Costs(Spread spread, double mean_s);

  double operator()(SampleIndex index) const;
  double longest_s() const { return table_.back(); }

 private:
  std::vector<double> table_;  ///< quantiles
};

class ScaleAgent {
 public:
  ScaleAgent(const Costs& costs, std::uint32_t slots, std::uint64_t row_bytes)
      : costs_{&costs}, slots_{slots}, row_bytes_{row_bytes} {}

  /// Lets time pass: samples end, the next ones begin.
  void advance(double now);
  void add(const wire::Grant& grant, double now);
  wire::Report totals() const;
  /// Is a report due at `now`? By the rules of the agent's loop.
  bool speaks(const wire::Report& totals, double now) const;
  void said(const wire::Report& totals, double now);
  /// When to ask again.
  double next_word() const;
  /// What has finished since the last call goes into the epoch.
  void begin_epoch() { writing_.swap(finished_), finished_.clear(); }
  const std::vector<SampleIndex>& writing() const { return writing_; }

  double idle_s() const { return idle_s_; }  ///< of all slots, until the last advance()
  double wall_s() const { return wall_s_; }
  double last_end() const { return last_end_; }

 private:
  struct Running {
    double end = 0;
    SampleIndex index = 0;
    bool operator<(const Running& other) const { return end > other.end; }  // the heap's top ends first
  };
  void pass(double until);
  void start_next(double now);

  const Costs* costs_;
  std::uint32_t slots_;
  std::uint64_t row_bytes_;
  std::vector<Running> running_;  ///< a heap
  std::deque<IndexRange> queue_;
  std::uint64_t queued_ = 0;
  std::uint64_t granted_ = 0;
  std::uint64_t runs_ = 0;
  double wall_s_ = 0;
  double idle_s_ = 0;
  double at_ = 0;
  double last_end_ = 0;
  std::vector<SampleIndex> finished_;
  std::vector<SampleIndex> writing_;
  wire::Report sent_;
  double reported_at_ = 0;
};

}  // namespace tranche::bench
