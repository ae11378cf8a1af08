#include "choose_stage.hpp"

#include "tranche/base/errors.hpp"

namespace tranche::cli {

std::uint8_t stage_number(const inspect::CampaignView& view, const std::string& name) {
  const auto* stage = view.plan.find(name);
  if (stage != nullptr) return stage->key.stage;
  std::string known;
  for (const auto& each : view.plan.stages()) known += (known.empty() ? "" : ", ") + each.name;
  throw Failure{ExitCode::usage, "there is no stage `" + name + "`", "stages: " + known};
}

}  // namespace tranche::cli
