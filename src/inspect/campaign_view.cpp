#include "tranche/inspect/campaign_view.hpp"

#include <system_error>

#include "tranche/base/errors.hpp"
#include "tranche/base/version.hpp"
#include "tranche/config/campaign_file.hpp"
#include "tranche/config/sample_space_builder.hpp"

namespace tranche::inspect {
namespace {

constexpr int revision = 1;

std::optional<config::LockFacts> read_lock_if_any(const directory::CampaignPaths& paths) {
  const auto path = paths.lock(revision);
  if (!std::filesystem::exists(path)) return std::nullopt;
  return config::read_lock(path);
}

/// As a person would type it: relative if it lies at or below the working directory.
std::filesystem::path shown_path(const std::filesystem::path& path) {
  std::error_code error;
  const auto relative = std::filesystem::proximate(path, error);
  return error || relative.empty() || *relative.begin() == ".." ? path : relative;
}

}  // namespace

CampaignView open_campaign(const directory::CampaignPaths& paths) {
  auto spec = config::load_campaign(shown_path(paths.campaign_yaml()));
  auto plan = campaign::StagePlan::build(spec);
  auto space = config::make_sample_space(spec, plan);
  return {paths, std::move(spec), std::move(plan), std::move(space), read_lock_if_any(paths)};
}

std::vector<std::string> CampaignView::changes() const {
  return lock ? config::describe_change(*lock, spec) : std::vector<std::string>{};
}

store::StageLayout CampaignView::layout(StageKey key) const {
  ensure(lock.has_value(), "a stage file is opened only for a campaign that was locked");
  const auto& stage = plan.stage(key.stage);
  store::StageLayout layout;
  layout.key = key;
  layout.stage_name = stage.name;
  layout.range = stage.range;
  layout.spec = spec;
  for (const auto& each : plan.stages()) layout.stage_names.push_back(each.name);
  for (const auto& each : plan.stages()) layout.stage_sizes.push_back(each.range.end);
  layout.tranche_version = version();
  layout.simulator_digest = lock->stamp.simulator_digest;
  if (const auto found = lock->stamp.versions.find("simulator"); found != lock->stamp.versions.end())
    layout.simulator_version = found->second;
  layout.campaign_id = lock->stamp.campaign_id;
  return layout;
}

void require_unchanged(const CampaignView& view) {
  const auto changes = view.changes();
  if (changes.empty()) return;
  std::vector<Problem> problems;
  for (const auto& change : changes) {
    Problem problem;
    problem.what = "campaign.yaml has changed since the first run: " + change;
    problems.push_back(std::move(problem));
  }
  problems.back().fix = "put back what decides the data, or begin a new campaign (tranche init)";
  throw ConfigError{std::move(problems)};
}

}  // namespace tranche::inspect
