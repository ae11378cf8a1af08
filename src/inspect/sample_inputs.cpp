#include "tranche/inspect/sample_inputs.hpp"

#include <nlohmann/json.hpp>
#include <vector>

#include "tranche/campaign/settings.hpp"

namespace tranche::inspect {
namespace {

using Json = nlohmann::ordered_json;

/// The values of `named` from position `first` of x on.
template <class Named>
Json named_values(const std::vector<Named>& named, const std::vector<double>& x, std::size_t first) {
  Json values = Json::object();
  for (std::size_t k = 0; k < named.size(); ++k) values[named[k].name] = x[first + k];
  return values;
}

}  // namespace

std::string command_again(SampleIndex index, const std::string& with) {
  return "tranche try --index " + std::to_string(index) + (with.empty() ? "" : " --with " + with);
}

std::string sample_inputs_json(const CampaignView& view, const RunRecord& run, const std::string& with) {
  const auto& spec = view.spec;
  const auto index = run.id.index();
  std::vector<double> x(view.space.width());
  view.space.evaluate(index, x);
  auto constants = named_values(spec.constants, x, spec.parameters.size());
  for (const auto& setting : campaign::parse_settings(with)) constants[setting.name] = setting.value;
  const Json document{
      {"index", index},
      {"stage", view.plan.stage_of(index).key.stage},
      {"attempt", run.id.attempt()},
      {"seed", view.space.design().seed_of(index)},
      {"state", to_string(run.state)},
      {"reason", run.reason},
      {"message", run.message},
      {"parameters", named_values(spec.parameters, x, 0)},
      {"constants", std::move(constants)},
      {"derived", named_values(spec.derived, x, spec.parameters.size() + spec.constants.size())},
      {"x", x},
      {"again", command_again(index, with)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tranche::inspect
