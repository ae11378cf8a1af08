#include "skeleton.hpp"

#include <array>
#include <map>

#include "h5_attributes.hpp"
#include "tranche/base/checksum.hpp"
#include "tranche/base/sample_state.hpp"

namespace tranche::store {
namespace {

using campaign::CampaignSpec;
using h5::write_attribute;
using Texts = std::vector<std::string>;
using Scales = std::map<std::string, h5::Dataset>;

template <class Range, class Get>
auto each(const Range& range, Get get) {
  std::vector<std::decay_t<decltype(get(*range.begin()))>> values;
  for (const auto& item : range) values.push_back(get(item));
  return values;
}

std::string kind_of(const campaign::Parameter& parameter) {
  if (std::holds_alternative<campaign::IntegerRange>(parameter.domain)) return "integer";
  if (std::holds_alternative<campaign::Levels>(parameter.domain)) return "levels";
  const auto scale = std::get<campaign::RealRange>(parameter.domain).scale;
  return scale == campaign::Scale::log ? "log" : "linear";
}

Scales create_scales(const h5::File& file, const CampaignSpec& spec) {
  Scales scales;
  const Texts names = each(spec.parameters, [](const auto& p) { return p.name; });
  scales["parameter"] = h5::create_strings(file.get(), "parameter", names);
  for (const campaign::Axis& axis : spec.axes) {
    h5::Dataset dataset = h5::create_filled(file.get(), axis.name, h5::stored_type(Element::f64),
                                            {axis.values.size()}, axis.values.data());
    write_attribute(dataset.get(), "units", axis.unit);
    scales[axis.name] = std::move(dataset);
  }
  for (const auto& [name, dataset] : scales) h5::make_scale(dataset, name);
  return scales;
}

void describe_parameters(hid_t dataset, const CampaignSpec& spec) {
  write_attribute(dataset, "names", each(spec.parameters, [](const auto& p) { return p.name; }));
  write_attribute(dataset, "parameter_units", each(spec.parameters, [](const auto& p) { return p.unit; }));
  write_attribute(dataset, "kinds", each(spec.parameters, kind_of));
  for (const campaign::Parameter& parameter : spec.parameters)
    if (const auto* levels = std::get_if<campaign::Levels>(&parameter.domain))
      write_attribute(dataset, "levels_" + parameter.name, levels->names);
}

void describe_output(hid_t dataset, const campaign::Output& output) {
  if (output.transform == campaign::Transform::none) {
    write_attribute(dataset, "units", output.unit);
    return;
  }
  write_attribute(dataset, "units", std::string{"1"});
  write_attribute(dataset, "reference_units", output.unit);
  write_attribute(dataset, "transform", std::string{"log10"});
  write_attribute(dataset, "floor", output.floor);
}

void describe_state(hid_t dataset) {
  std::array<std::uint8_t, sample_state_count> values{};
  std::string meanings;
  for (std::size_t i = 0; i < sample_state_count; ++i) {
    values[i] = static_cast<std::uint8_t>(i);
    if (i > 0) meanings += ' ';
    meanings += sample_state_names[i];
  }
  write_attribute(dataset, "flag_values", std::span<const std::uint8_t>{values});
  write_attribute(dataset, "flag_meanings", meanings);
}

void describe_column(hid_t dataset, const Column& column, const CampaignSpec& spec) {
  switch (column.content) {
    case Content::parameters:
      return describe_parameters(dataset, spec);
    case Content::derived:
      write_attribute(dataset, "units", spec.derived[column.which].unit);
      return write_attribute(dataset, "expression", spec.derived[column.which].expression);
    case Content::output:
      return describe_output(dataset, spec.outputs[column.which]);
    case Content::state:
      return describe_state(dataset);
    case Content::checksum:
      return write_attribute(dataset, "method", std::string{"XXH3-64"});
    default:
      return;
  }
}

void attach_scales(const h5::RowData& data, const Column& column, const h5::Dataset& index,
                   const Scales& scales) {
  if (column.content == Content::index) return;
  h5::attach_scale(data.dataset(), index, 0);
  for (std::size_t i = 0; i < column.scales.size(); ++i)
    h5::attach_scale(data.dataset(), scales.at(column.scales[i]), static_cast<unsigned>(i + 1));
}

}  // namespace

std::vector<h5::RowData> write_skeleton(const h5::File& file, const StageLayout& layout, std::uint64_t rows,
                                        const ColumnStorage& storage) {
  h5::create_group(file.get(), "derived");
  h5::create_group(file.get(), "meta");
  const Scales scales = create_scales(file, layout.spec);
  std::vector<h5::RowData> columns;
  for (const Column& column : columns_of(layout.spec)) {
    const auto shape = column.dims(rows);
    const h5::Dims dims(shape.begin(), shape.end());
    h5::Dataset dataset = h5::create_dataset(file.get(), column.path, h5::stored_type(column.element),
                                             h5::simple_space(dims), storage(column, dims));
    describe_column(dataset.get(), column, layout.spec);
    if (column.content == Content::index) h5::make_scale(dataset, "index");
    columns.emplace_back(std::move(dataset), column.element);
    attach_scales(columns.back(), column, columns.front().dataset(), scales);
  }
  return columns;
}

void write_campaign_attributes(const h5::File& file, const StageLayout& layout) {
  const hid_t root = file.get();
  const CampaignSpec& spec = layout.spec;
  write_attribute(root, "tranche_format", std::int64_t{format_version});
  write_attribute(root, "tranche_version", layout.tranche_version);
  write_attribute(root, "campaign", spec.name);
  write_attribute(root, "campaign_id", layout.campaign_id);
  write_attribute(root, "campaign_digest", spec.source_digest);
  write_attribute(root, "campaign_yaml", spec.source_text);
  write_attribute(root, "campaign_yaml_digest", digest128(std::as_bytes(std::span{spec.source_text})).hex());
  write_attribute(root, "simulator_digest", layout.simulator_digest);
  if (!layout.simulator_version.empty()) write_attribute(root, "simulator_version", layout.simulator_version);
  write_attribute(root, "seed", spec.design.seed);
  write_attribute(root, "stage_names", layout.stage_names);
  write_attribute(root, "stage_sizes", layout.stage_sizes);
  write_attribute(root, "output_names", each(spec.outputs, [](const auto& o) { return o.name; }));
  write_attribute(root, "constant_names", each(spec.constants, [](const auto& c) { return c.name; }));
  write_attribute(root, "constant_values", each(spec.constants, [](const auto& c) { return c.value; }));
  write_attribute(root, "constant_units", each(spec.constants, [](const auto& c) { return c.unit; }));
}

void write_stage_attributes(const h5::File& file, const StageLayout& layout) {
  write_attribute(file.get(), "revision", std::int64_t{layout.key.revision});
  write_attribute(file.get(), "stage", std::int64_t{layout.key.stage});
  write_attribute(file.get(), "stage_name", layout.stage_name);
  write_attribute(file.get(), "first_index", static_cast<std::int64_t>(layout.range.begin));
}

void create_seal(const h5::File& file) {
  const Texts fields{seal_fields.begin(), seal_fields.end()};
  const std::array<std::uint64_t, seal_fields.size()> unsealed{};
  const h5::Dataset scale = h5::create_strings(file.get(), "seal_field", fields);
  h5::make_scale(scale, "seal_field");
  const h5::Dataset seal = h5::create_filled(file.get(), "seal", h5::stored_type(Element::u64),
                                             {unsealed.size()}, unsealed.data());
  write_attribute(seal.get(), "digest_method", std::string{"XXH3-128"});
  h5::attach_scale(seal, scale, 0);
}

}  // namespace tranche::store
