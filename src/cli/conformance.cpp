#include "conformance.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <variant>

#include "parameters.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/campaign/kind_name.hpp"
#include "tranche/directory/scratch_folder.hpp"
#include "tranche/simulate/worker_trial.hpp"
#include "try_points.hpp"

namespace tranche::cli {
namespace {

using inspect::Fitness;
using inspect::FitnessCheck;

constexpr std::uint32_t points_tried = 4;

std::string state_text(const RunRecord& record) {
  if (record.state == SampleState::ok) return "ok";
  std::string text = std::string{to_string(record.state)} + " (" + record.reason + ")";
  return record.message.empty() ? text : text + ": " + record.message;
}

/// In a slot, as a campaign runs it: each point twice.
class SlotChecks {
 public:
  explicit SlotChecks(const inspect::CampaignView& view) : view_{view} {}

  std::vector<FitnessCheck> run(const std::vector<TryPoint>& points) {
    const auto kind = campaign::kind_name(view_.spec.simulator);
    try {
      TryHost host{view_, points};
      for (std::size_t k = 0; k < points.size(); ++k) look(host.run(k, 2));
      host.stop();
    } catch (const Failure& failure) {
      return {{"start", Fitness::fail, failure.what(), failure.fix()}};
    }
    std::vector<FitnessCheck> checks{{"start", Fitness::ok, kind + " comes up in a slot", {}}};
    if (ok_ == points.size())
      checks.push_back({"points",
                        Fitness::ok,
                        "all of " + std::to_string(ok_) + " points are ok, in " +
                            format_duration(wall_s_ / static_cast<double>(2 * points.size())) + " each",
                        {}});
    else
      checks.push_back(
          {"points", died_ || ok_ == 0 ? Fitness::fail : Fitness::warn,
           std::to_string(ok_) + " of " + std::to_string(points.size()) + " points are ok; " + first_trouble_,
           died_      ? "a simulator should say what it cannot do, and not die of it"
           : ok_ == 0 ? "tranche try shows each point in full"
                      : ""});
    checks.push_back(
        other_ == 0
            ? FitnessCheck{"same again", Fitness::ok, "a point that is run again gives the same bits", {}}
            : FitnessCheck{
                  "same again", Fitness::warn,
                  std::to_string(other_) + " of " + std::to_string(points.size()) +
                      " points gave other numbers when they were run again",
                  "take random numbers from the sample's seed; look for variables that keep a value"});
    return checks;
  }

 private:
  void look(const TryResult& result) {
    const auto& record = result.runs.front().record;
    for (const auto& run : result.runs) wall_s_ += run.record.wall_s;
    if (!result.reproducible()) ++other_;
    if (record.state == SampleState::ok) {
      ++ok_;
      return;
    }
    died_ = died_ || record.state == SampleState::crashed || record.reason == "protocol";
    if (first_trouble_.empty()) first_trouble_ = result.point.label + ": " + state_text(record);
  }

  const inspect::CampaignView& view_;
  std::size_t ok_ = 0;
  std::size_t other_ = 0;
  bool died_ = false;
  double wall_s_ = 0;
  std::string first_trouble_;
};

Fitness fitness_of(simulate::Finding::Mark mark) {
  using Mark = simulate::Finding::Mark;
  if (mark == Mark::ok) return Fitness::ok;
  return mark == Mark::remark ? Fitness::warn : Fitness::fail;
}

/// Over its pipes, without a slot.
std::vector<FitnessCheck> check_protocol(const inspect::CampaignView& view,
                                         const std::vector<TryPoint>& points) {
  const directory::ScratchFolder scratch;
  simulate::HostOptions options;
  options.campaign_dir = view.paths.root().string();
  options.simulator = simulate::require_simulator(options.campaign_dir, view.spec.simulator);
  options.scratch_dir = scratch.path();
  std::vector<simulate::TrialPoint> trial;
  for (const auto& point : points)
    trial.push_back({point.index.value_or(0), view.space.design().seed_of(point.index.value_or(0)), point.x});
  std::vector<FitnessCheck> checks;
  for (auto& finding : simulate::try_worker(view.spec, options, trial))
    checks.push_back({std::move(finding.what), fitness_of(finding.mark), std::move(finding.text), {}});
  return checks;
}

bool speaks_protocol(const campaign::SimulatorSpec& simulator) {
  return std::holds_alternative<campaign::WorkerSpec>(simulator.kind) ||
         std::holds_alternative<campaign::PythonSpec>(simulator.kind);
}

}  // namespace

std::vector<FitnessCheck> examine_simulator(const inspect::CampaignView& view) {
  TryOptions options;
  options.points = points_tried;
  const auto points = choose_points(view, options);
  std::vector<FitnessCheck> checks;
  if (speaks_protocol(view.spec.simulator)) checks = check_protocol(view, points);
  if (std::any_of(checks.begin(), checks.end(), [](const auto& check) {
        return check.name == "greeting" && check.fitness == Fitness::fail;
      }))
    return checks;
  for (auto& check : SlotChecks{view}.run(points)) checks.push_back(std::move(check));
  return checks;
}

}  // namespace tranche::cli
