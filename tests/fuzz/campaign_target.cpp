#include <algorithm>
#include <vector>

#include "targets.hpp"
#include "tranche/campaign/stage_plan.hpp"
#include "tranche/config/campaign_file.hpp"
#include "tranche/config/lock_file.hpp"
#include "tranche/config/sample_space_builder.hpp"

namespace tranche::fuzz {
namespace {

void check_problems(const ConfigError& error, const std::string& text) {
  must(!error.problems().empty(), "a refusal names a problem");
  for (const auto& problem : error.problems()) must(!problem.what.empty(), "a problem says what");
  const auto shown =
      config::render(error.problems(), config::SourceText{"campaign.yaml", text}, config::Color::on);
  must(shown.ends_with('\n'), "problems end in a newline");
}

/// Its first, middle and last point can be had.
void check_space(const campaign::CampaignSpec& spec, const campaign::StagePlan& plan) {
  const auto space = config::make_sample_space(spec, plan);
  std::vector<double> x(space.width());
  for (const auto index : {std::uint64_t{0}, plan.points() / 2, plan.points() - 1}) {
    space.evaluate(index, x);
    (void)space.feasible(x);
  }
}

void check_lock(const campaign::CampaignSpec& spec, const campaign::StagePlan& plan) {
  const auto facts =
      config::parse_lock(config::lock_text(spec, plan, {"id", 1, "digest", {{"tranche", "1"}}}));
  must(facts.name == spec.name, "a lock keeps the name");
  must(facts.points == plan.points(), "a lock keeps the number of points");
  must(config::describe_change(facts, spec).empty(), "a campaign is what its own lock says");
}

}  // namespace

void campaign(Bytes bytes) {
  const std::string text{text_of(bytes)};
  try {
    const auto spec = config::parse_campaign({text, "campaign.yaml", "/nonexistent"});
    const auto plan = campaign::StagePlan::build(spec);
    check_space(spec, plan);
    check_lock(spec, plan);
  } catch (const ConfigError& error) {
    check_problems(error, text);
  }
}

}  // namespace tranche::fuzz
