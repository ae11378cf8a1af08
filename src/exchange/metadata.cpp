#include "metadata.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

namespace tranche::exchange {
namespace {

using Json = nlohmann::ordered_json;
using surrogate::Surrogate;

constexpr std::array<std::string_view, 4> scale_words{"linear", "log", "integer", "levels"};

Json inputs_of(const Surrogate& surrogate) {
  Json inputs = Json::array();
  for (const auto& input : surrogate.inputs)
    inputs.push_back({{"name", input.name},
                      {"unit", input.unit},
                      {"scale", scale_words[static_cast<std::size_t>(input.scale)]},
                      {"lo", input.lo},
                      {"hi", input.hi}});
  return inputs;
}

Json axes_of(const Surrogate& surrogate) {
  Json axes = Json::array();
  for (const auto& axis : surrogate.axes)
    axes.push_back({{"name", axis.name}, {"unit", axis.unit}, {"values", axis.values}});
  return axes;
}

Json output_of(const Surrogate& surrogate) {
  Json output{{"name", surrogate.output},
              {"unit", surrogate.output_unit},
              {"transform", surrogate.log10 ? "log10" : "none"}};
  if (surrogate.log10) output["floor"] = surrogate.floor;
  return output;
}

Json constants_of(const Surrogate& surrogate) {
  Json constants = Json::object();
  for (const auto& constant : surrogate.constants) constants[constant.name] = constant.value;
  return constants;
}

Json provenance_of(const surrogate::Provenance& provenance) {
  return {{"model", provenance.model},
          {"campaign", provenance.campaign},
          {"campaign_id", provenance.campaign_id},
          {"stages", provenance.stages},
          {"store_digest", provenance.store_digest},
          {"simulator_digest", provenance.simulator_digest},
          {"tranche_version", provenance.tranche_version},
          {"samples", provenance.samples}};
}

Json accuracy_of(const learn::Accuracy& accuracy) {
  return {{"samples", accuracy.samples}, {"r2", accuracy.r2},   {"median", accuracy.median},
          {"p95", accuracy.p95},         {"p99", accuracy.p99}, {"max", accuracy.max}};
}

}  // namespace

void add_metadata(onnx::ModelProto& model, const Surrogate& surrogate) {
  const auto add = [&](const char* key, const Json& value) {
    auto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value.dump(-1, ' ', false, Json::error_handler_t::replace));
  };
  add("inputs", inputs_of(surrogate));
  add("output", output_of(surrogate));
  add("axes", axes_of(surrogate));
  add("constants", constants_of(surrogate));
  add("constraints", surrogate.constraints);
  add("accuracy", accuracy_of(surrogate.accuracy));
  add("provenance", provenance_of(surrogate.provenance));
}

}  // namespace tranche::exchange
