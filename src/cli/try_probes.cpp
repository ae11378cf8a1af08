#include "try_probes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>

#include "parameters.hpp"
#include "tranche/campaign/make_design.hpp"

namespace tranche::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// Where parameters stand at a base, in quarters of their range, and where else they may be moved to.
struct Base {
  std::uint64_t quarter;
  std::array<std::uint64_t, 3> elsewhere;
};
constexpr std::array bases{Base{2, {3, 1, 4}}, Base{1, {2, 3, 0}}};

std::vector<double> at_quarter(const campaign::CampaignSpec& spec, std::uint64_t quarter) {
  std::vector<double> values;
  for (const auto& parameter : spec.parameters)
    values.push_back(campaign::make_domain(parameter).grid_value(quarter, 5));
  return values;
}

std::optional<TryPoint> moved_point(const inspect::CampaignView& view, std::vector<double> values,
                                    std::size_t parameter, const Base& base) {
  const double before = values[parameter];
  for (const auto quarter : base.elsewhere) {
    values[parameter] = campaign::make_domain(view.spec.parameters[parameter]).grid_value(quarter, 5);
    if (values[parameter] == before) continue;
    auto point = chosen_point(view, view.spec.parameters[parameter].name + " moved", values);
    if (!point.excluded) return point;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Probe> add_probes(const inspect::CampaignView& view, std::vector<TryPoint>& points) {
  std::vector<Probe> probes;
  for (const auto& base : bases) {
    const auto values = at_quarter(view.spec, base.quarter);
    auto start = chosen_point(view, "base", values);
    if (start.excluded) continue;
    const auto at = points.size();
    points.push_back(std::move(start));
    for (std::size_t k = 0; k < view.spec.parameters.size(); ++k) {
      auto moved = moved_point(view, values, k, base);
      if (!moved) continue;
      probes.push_back({k, at, points.size()});
      points.push_back(std::move(*moved));
    }
  }
  return probes;
}

UnusedParameters find_unused(const inspect::CampaignView& view, TryHost& host,
                             const std::vector<Probe>& probes, double limit_s) {
  const auto begin = Clock::now();
  UnusedParameters result;
  std::map<std::size_t, simulate::ForegroundRun> bases_run;
  std::vector<bool> same(view.spec.parameters.size());
  std::vector<bool> differs(view.spec.parameters.size());
  for (const auto& probe : probes) {
    if (differs[probe.parameter]) continue;
    if (std::chrono::duration<double>(Clock::now() - begin).count() > limit_s) {
      result.complete = false;
      break;
    }
    if (!bases_run.contains(probe.base)) bases_run[probe.base] = host.run(probe.base, 1).runs.front();
    const auto& base = bases_run[probe.base];
    const auto moved = host.run(probe.moved, 1).runs.front();
    if (base.record.state != SampleState::ok || moved.record.state != SampleState::ok) continue;
    const bool equal = base.record.checksum == moved.record.checksum;
    (equal ? same : differs)[probe.parameter] = true;
  }
  for (std::size_t k = 0; k < same.size(); ++k)
    if (same[k] && !differs[k]) result.names.push_back(view.spec.parameters[k].name);
  return result;
}

}  // namespace tranche::cli
