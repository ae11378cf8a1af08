#include "simulated.hpp"

#include <algorithm>
#include <string>

#include "tranche/base/errors.hpp"
#include "tranche/inspect/output_view.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::cli {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  throw Failure{ExitCode::usage, what, fix};
}

/// Where each input stands among the campaign's parameters.
std::vector<std::size_t> places_of(const campaign::CampaignSpec& spec,
                                   const surrogate::Surrogate& surrogate) {
  std::vector<std::size_t> places;
  for (const auto& input : surrogate.inputs) {
    const auto found = std::find_if(spec.parameters.begin(), spec.parameters.end(),
                                    [&](const auto& parameter) { return parameter.name == input.name; });
    if (found == spec.parameters.end())
      refuse("the surrogate takes " + input.name + ", and campaign.yaml has no parameter of that name",
             "a surrogate keeps the names it was trained with: rename it back, or train again");
    places.push_back(static_cast<std::size_t>(found - spec.parameters.begin()));
  }
  return places;
}

std::size_t output_place(const campaign::CampaignSpec& spec, const surrogate::Surrogate& surrogate) {
  for (std::size_t k = 0; k < spec.outputs.size(); ++k)
    if (spec.outputs[k].name == surrogate.output && spec.outputs[k].size == surrogate.points()) return k;
  refuse("the surrogate gives " + surrogate.output + " of " + std::to_string(surrogate.points()) +
             " numbers, and campaign.yaml has no such output",
         "use a surrogate of this campaign");
}

}  // namespace

Simulated simulated(const inspect::CampaignView& view, const surrogate::Surrogate& surrogate,
                    SampleIndex index) {
  if (index >= view.plan.points())
    refuse("there is no sample " + std::to_string(index),
           "the design has " + std::to_string(view.plan.points()) + " points, counted from 0");
  const auto places = places_of(view.spec, surrogate);
  const auto output = output_place(view.spec, surrogate);
  std::vector<double> all(view.space.width());
  view.space.evaluate(index, all);
  Simulated found{index, SampleState::pending, {}, {}};
  for (const auto place : places) found.x.push_back(all[place]);
  if (!view.space.feasible(all)) found.state = SampleState::excluded;
  if (!view.lock) return found;
  const auto& stage = view.plan.stage_of(index);
  const auto layout = view.layout(stage.key);
  if (!std::filesystem::exists(view.paths.root() / "store" / layout.file_name())) return found;
  const auto reader = store::StageReader::open(view.paths.root().string(), layout);
  std::vector<std::uint8_t> state(1);
  reader.read_states({index, index + 1}, state);
  found.state = static_cast<SampleState>(state.front());
  if (found.state != SampleState::ok) return found;
  const auto& field = view.spec.outputs[output];
  std::vector<std::byte> bytes(
      field.size * (field.type == campaign::StoredType::float32 ? sizeof(float) : sizeof(double)));
  reader.read_output(output, {index, index + 1}, bytes);
  found.values = inspect::stored_numbers(field, bytes);
  return found;
}

}  // namespace tranche::cli
