#include "campaign_context.hpp"

#include "tranche/base/version.hpp"
#include "tranche/config/campaign_file.hpp"
#include "tranche/config/sample_space_builder.hpp"
#include "tranche/simulate/plugin_file.hpp"

namespace tranche::daemon {

store::StageLayout CampaignContext::layout(StageKey key) const {
  store::StageLayout layout;
  layout.key = key;
  layout.stage_name = plan.stage(key.stage).name;
  layout.range = plan.stage(key.stage).range;
  layout.spec = spec;
  for (const auto& stage : plan.stages()) {
    layout.stage_names.push_back(stage.name);
    layout.stage_sizes.push_back(stage.range.end);
  }
  layout.tranche_version = version();
  layout.simulator_digest = simulator_digest;
  layout.campaign_id = campaign_id;
  return layout;
}

namespace {

std::filesystem::path plugin_of(const directory::CampaignPaths& paths, const campaign::CampaignSpec& spec) {
  auto found = simulate::find_plugin(paths.root().string(), spec.simulator.plugin);
  if (auto* problem = std::get_if<Problem>(&found)) {
    problem->where = spec.simulator.where;
    throw ConfigError{std::move(*problem)};
  }
  return std::get<std::string>(found);
}

}  // namespace

CampaignContext load_context(const std::filesystem::path& campaign_dir) {
  auto paths = directory::find_campaign(campaign_dir);
  auto spec = config::load_campaign(paths.campaign_yaml());
  auto plan = campaign::StagePlan::build(spec);
  auto space = config::make_sample_space(spec, plan);
  auto codec = campaign::RowCodec{spec};
  const auto plugin = plugin_of(paths, spec);
  auto digest = simulate::file_digest(plugin.string()).hex();
  return {std::move(paths),
          std::move(spec),
          std::move(plan),
          std::move(space),
          std::move(codec),
          plugin,
          std::move(digest),
          {},
          {}};
}

}  // namespace tranche::daemon
