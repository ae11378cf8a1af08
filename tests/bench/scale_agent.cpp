#include "scale_agent.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace tranche::bench {
namespace {

constexpr double report_every_s = 0.2;  // as in the agent's loop
constexpr double heartbeat_s = 1;
constexpr std::size_t table_size = 1 << 16;

struct Quantile {
  double share;
  double ms;
};
/// `ssc bench --n 6000 --seed 12 --pairs` (campaigns/ssc/simulator/README.md); the least is a guess.
constexpr std::array ssc_quantiles{Quantile{0, 1}, Quantile{0.5, 6.4}, Quantile{0.95, 90}, Quantile{1, 451}};

/// Straight between the known ones in the logarithm.
double ssc_cost(double share) {
  auto right = std::size_t{1};
  while (ssc_quantiles[right].share < share) ++right;
  const auto& a = ssc_quantiles[right - 1];
  const auto& b = ssc_quantiles[right];
  return a.ms * std::pow(b.ms / a.ms, (share - a.share) / (b.share - a.share));
}

/// Pareto with exponent 1.5: endless variance, but for the time limit at 60 times the mean.
double heavy_cost(double share) {
  return std::min(180.0, std::pow(1 - share, -1 / 1.5));
}

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

Costs::Costs(Spread spread, double mean_s) : table_(table_size) {
  for (std::size_t k = 0; k < table_size; ++k) {
    const double share = (static_cast<double>(k) + 0.5) / table_size;
    table_[k] = spread == Spread::ssc ? ssc_cost(share) : heavy_cost(share);
  }
  const double mean = std::accumulate(table_.begin(), table_.end(), 0.0) / table_size;
  for (auto& cost : table_) cost *= mean_s / mean;
}

double Costs::operator()(SampleIndex index) const {
  return table_[mix(index + 0x9e3779b97f4a7c15) % table_size];
}

void ScaleAgent::pass(double until) {
  idle_s_ += static_cast<double>(slots_ - running_.size()) * (until - at_);
  at_ = until;
}

void ScaleAgent::start_next(double now) {
  auto& range = queue_.front();
  const auto index = range.begin;
  if (++range.begin == range.end) queue_.pop_front();
  --queued_;
  running_.push_back({now + (*costs_)(index), index});
  std::push_heap(running_.begin(), running_.end());
}

void ScaleAgent::advance(double now) {
  while (!running_.empty() && running_.front().end <= now) {
    const auto done = running_.front();
    pass(done.end);
    std::pop_heap(running_.begin(), running_.end());
    running_.pop_back();
    ++runs_;
    wall_s_ += (*costs_)(done.index);
    last_end_ = done.end;
    finished_.push_back(done.index);
    if (queued_ > 0) start_next(done.end);
  }
  pass(now);
}

void ScaleAgent::add(const wire::Grant& grant, double now) {
  advance(now);
  for (const auto& range : grant.ranges) {
    queue_.push_back(range);
    queued_ += range.size();
    granted_ += range.size();
  }
  while (running_.size() < slots_ && queued_ > 0) start_next(now);
}

wire::Report ScaleAgent::totals() const {
  wire::Report report;
  report.granted = granted_;
  report.backlog = queued_ + running_.size();
  report.finished = report.runs = runs_;
  report.wall_s = wall_s_;
  report.buffered_bytes = row_bytes_ * finished_.size();
  report.idle_slots = slots_ - static_cast<std::uint32_t>(running_.size());
  return report;
}

bool ScaleAgent::speaks(const wire::Report& totals, double now) const {
  constexpr double rounding = 1e-9;
  const bool ran_dry = totals.backlog == 0 && (sent_.backlog != 0 || sent_.granted != totals.granted);
  const bool news = totals != sent_ && now - reported_at_ >= report_every_s - rounding;
  return ran_dry || news || now - reported_at_ >= heartbeat_s - rounding;
}

void ScaleAgent::said(const wire::Report& totals, double now) {
  sent_ = totals;
  reported_at_ = now;
}

double ScaleAgent::next_word() const {
  const double heartbeat = reported_at_ + heartbeat_s;
  const bool news = totals() != sent_;
  if (running_.empty()) return news ? std::min(heartbeat, reported_at_ + report_every_s) : heartbeat;
  const double first = news ? reported_at_ : running_.front().end;
  const double word = std::min(heartbeat, std::max(first, reported_at_ + report_every_s));
  if (queued_ > 0) return word;
  const auto dry = std::min_element(running_.begin(), running_.end())->end;
  return std::min(word, dry);
}

}  // namespace tranche::bench
