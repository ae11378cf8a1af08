#include "dataset_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace tranche::store {
namespace {

using Json = nlohmann::ordered_json;
using campaign::CampaignSpec;

struct Ends {
  double lo = 0;
  double hi = 1;
  bool log = false;
};

Ends ends_of(const campaign::Parameter& parameter) {
  if (const auto* whole = std::get_if<campaign::IntegerRange>(&parameter.domain))
    return {static_cast<double>(whole->lo), static_cast<double>(whole->hi)};
  if (const auto* levels = std::get_if<campaign::Levels>(&parameter.domain))
    return {0, static_cast<double>(levels->names.size()) - 1};
  const auto& range = std::get<campaign::RealRange>(parameter.domain);
  return {range.lo, range.hi, range.scale == campaign::Scale::log};
}

Json parameter_json(const campaign::Parameter& parameter) {
  const Ends ends = ends_of(parameter);
  Json json{{"name", parameter.name}, {"unit", parameter.unit}, {"range", {ends.lo, ends.hi}}};
  if (const auto* levels = std::get_if<campaign::Levels>(&parameter.domain)) {
    json["scale"] = "levels";
    json["levels"] = levels->names;
  } else if (std::holds_alternative<campaign::IntegerRange>(parameter.domain)) {
    json["scale"] = "integer";
  } else {
    json["scale"] = ends.log ? "log" : "linear";
  }
  return json;
}

Json parameters_json(const CampaignSpec& spec) {
  Json list = Json::array();
  for (const auto& parameter : spec.parameters) list.push_back(parameter_json(parameter));
  return list;
}

Json axes_json(const CampaignSpec& spec) {
  Json list = Json::array();
  for (const auto& axis : spec.axes)
    list.push_back({{"name", axis.name}, {"unit", axis.unit}, {"values", axis.values}});
  return list;
}

Json feature_json(const Column& column, const CampaignSpec& spec) {
  Json json{{"name", column.path}};
  const bool integer = column.content == Content::index || column.content == Content::stage;
  json["list"] = integer ? "int64" : column.element == Element::f32 ? "float" : "bytes";
  if (column.element == Element::f64) json["bytes_of"] = "float64";
  json["shape"] = column.shape;
  if (column.content == Content::derived) json["unit"] = spec.derived[column.which].unit;
  if (column.content != Content::output) return json;
  const auto& output = spec.outputs[column.which];
  json["axes"] = column.scales;
  json["unit"] = output.unit;
  json["transform"] = output.transform == campaign::Transform::log10 ? "log10" : "none";
  if (output.transform == campaign::Transform::log10) json["floor"] = output.floor;
  return json;
}

Json features_json(const CampaignSpec& spec) {
  Json list = Json::array();
  for (const Column& column : columns_of(spec)) {
    if (!is_feature(column)) continue;
    list.push_back(feature_json(column, spec));
    if (column.content == Content::parameters)
      list.push_back({{"name", "inputs"}, {"list", "float"}, {"shape", column.shape}});
  }
  return list;
}

Json split_json(const RecordFiles& files) {
  return {{"records", files.records()}, {"files", files.names()}};
}

}  // namespace

double scaled_input(const campaign::Parameter& parameter, double value) {
  const Ends ends = ends_of(parameter);
  if (ends.lo == ends.hi) return 0;
  const double share = ends.log ? std::log(value / ends.lo) / std::log(ends.hi / ends.lo)
                                : (value - ends.lo) / (ends.hi - ends.lo);
  return 2 * share - 1;
}

bool is_feature(const Column& column) noexcept {
  switch (column.content) {
    case Content::index:
    case Content::stage:
    case Content::parameters:
    case Content::derived:
    case Content::output:
      return true;
    default:
      return false;
  }
}

std::string dataset_json(const StageLayout& layout, double hold_out_share, const RecordFiles& train,
                         const RecordFiles& hold_out) {
  const Json json{{"tranche_tfrecord", 1},
                  {"campaign", layout.spec.name},
                  {"campaign_id", layout.campaign_id},
                  {"simulator_digest", layout.simulator_digest},
                  {"tranche_version", layout.tranche_version},
                  {"hold_out_share", hold_out_share},
                  {"splits", {{"train", split_json(train)}, {"hold_out", split_json(hold_out)}}},
                  {"parameters", parameters_json(layout.spec)},
                  {"axes", axes_json(layout.spec)},
                  {"features", features_json(layout.spec)}};
  return json.dump(1) + "\n";
}

}  // namespace tranche::store
