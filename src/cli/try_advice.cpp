#include "try_advice.hpp"

#include <algorithm>
#include <cmath>

#include "tranche/base/text.hpp"
#include "tranche/inspect/output_view.hpp"

namespace tranche::cli {
namespace {

/// CPU time of shorter runs is told by the wall clock.
constexpr double measured_s = 0.005;
/// Clocks of the kernel tick: less than this beyond the threads asked for is no finding.
constexpr double more_than_threads = 1.2;
constexpr double mostly_waiting = 0.5;
constexpr double much_floor = 0.02;

std::string one_decimal(double value) {
  return inspect::format_value(std::round(value * 10) / 10);
}

}  // namespace

std::span<const double> values_of(const campaign::CampaignSpec& spec, const simulate::ForegroundRun& run,
                                  std::size_t which) {
  std::size_t begin = 0;
  for (std::size_t k = 0; k < which; ++k) begin += spec.outputs[k].size;
  return std::span{run.values}.subspan(begin, spec.outputs[which].size);
}

std::string extrapolation_text(const campaign::CampaignSpec& spec, const simulate::ForegroundRun& run) {
  std::uint64_t beyond = 0;
  for (std::size_t k = 0; k < std::min(spec.meta_reads.size(), run.meta.size()); ++k)
    if (spec.meta_reads[k].kind == campaign::ReadSpec::Kind::extrapolated)
      beyond = static_cast<std::uint64_t>(run.meta[k]);
  if (beyond == 0) return {};
  std::uint64_t bins = 0;
  std::string axes;
  for (const auto& output : spec.outputs) {
    if (!output.read || output.read->axis_column == 0) continue;
    bins += output.size;
    const auto& axis = spec.axes.at(output.axes.front());
    const auto text = axis.name + (axis.unit == "1" ? "" : " [" + axis.unit + "]");
    if (axes.find(text) == std::string::npos) axes += (axes.empty() ? "" : ", ") + text;
  }
  if (beyond >= bins)
    return "all " + format_count(bins) + " bins of " + axes +
           " lie beyond the axis that the program wrote, and are extrapolated: does its axis column have "
           "that "
           "unit, and is it that column?";
  return format_count(beyond) + " of " + format_count(bins) + " bins of " + axes +
         " lie beyond the axis that the program wrote, and are extrapolated: a narrower axis in "
         "campaign.yaml, or "
         "a wider one of the program, avoids it";
}

std::optional<double> cpu_share(const RunRecord& record) {
  if (record.wall_s < measured_s) return std::nullopt;
  return record.cpu_s / record.wall_s;
}

TryTotals::TryTotals(const campaign::CampaignSpec& spec) : spec_{spec}, outputs_(spec.outputs.size()) {}

void TryTotals::add(const TryResult& result) {
  ++points_;
  wall_s_ += result.runs.front().record.wall_s;
  for (const auto& run : result.runs) {
    if (!cpu_share(run.record)) continue;
    long_wall_s_ += run.record.wall_s;
    long_cpu_s_ += run.record.cpu_s;
  }
  const auto& run = result.runs.front();
  if (run.record.state != SampleState::ok) return;
  for (std::size_t k = 0; k < outputs_.size(); ++k) {
    const auto range = inspect::output_range(spec_.outputs[k], values_of(spec_, run, k));
    outputs_[k].elements += range.elements;
    outputs_[k].at_floor += range.at_floor;
  }
}

double TryTotals::mean_wall_s() const noexcept {
  return points_ == 0 ? 0 : wall_s_ / static_cast<double>(points_);
}

std::vector<std::string> TryTotals::advice() const {
  auto all = advice_on_cores();
  for (auto& each : advice_on_floors()) all.push_back(std::move(each));
  return all;
}

std::vector<std::string> TryTotals::advice_on_cores() const {
  if (long_wall_s_ == 0) return {};
  const double cores = long_cpu_s_ / long_wall_s_;
  const auto threads = spec_.resources.cores();
  if (cores > more_than_threads * threads)
    return {"a run kept " + one_decimal(cores) + " cores busy, and resources.threads is " +
            std::to_string(threads) + ": slots would take each other's cores; write `resources: {threads: " +
            std::to_string(static_cast<int>(std::ceil(cores))) + "}`, or make the code use fewer threads"};
  if (cores < mostly_waiting)
    return {"a run computes in only " + format_share(cores) +
            " of its time: if it waits for files or other programs, more slots than cores may pay "
            "(`resources: {slots: N}`)"};
  return {};
}

std::vector<std::string> TryTotals::advice_on_floors() const {
  std::vector<std::string> all;
  for (std::size_t k = 0; k < outputs_.size(); ++k) {
    const auto& totals = outputs_[k];
    const double share = static_cast<double>(totals.at_floor) / static_cast<double>(totals.elements);
    if (totals.elements == 0 || share < much_floor) continue;
    all.push_back(format_share(share) + " of all values of " + spec_.outputs[k].name +
                  " are zero or below its floor " + inspect::format_value(spec_.outputs[k].floor) +
                  " and are stored as the floor: a surrogate sees a cliff there; a narrower axis or a higher "
                  "floor avoids it");
  }
  return all;
}

}  // namespace tranche::cli
