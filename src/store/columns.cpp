#include "columns.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "tranche/base/errors.hpp"

namespace tranche::store {
namespace {

using campaign::CampaignSpec;

constexpr std::array<std::string_view, 13> format_names{
    "index",    "revision", "stage", "parameters", "parameter", "derived",        "state",
    "checksum", "meta",     "seal",  "seal_field", "files",     "parameter_names"};

void refuse_collisions(const CampaignSpec& spec) {
  std::set<std::string_view> seen;
  const auto take = [&seen](const std::string& name) {
    ensure(!is_reserved_name(name), "no axis or output has a name of the store format");
    ensure(seen.insert(name).second, "axes and outputs of a campaign have different names");
  };
  for (const auto& axis : spec.axes) take(axis.name);
  for (const auto& output : spec.outputs) take(output.name);
}

Column output_column(const CampaignSpec& spec, std::size_t which) {
  const campaign::Output& output = spec.outputs[which];
  const Element element = output.type == campaign::StoredType::float32 ? Element::f32 : Element::f64;
  Column column{output.name, Content::output, which, element, {}, {}};
  for (const std::uint32_t axis : output.axes) {
    column.shape.push_back(spec.axes.at(axis).values.size());
    column.scales.push_back(spec.axes.at(axis).name);
  }
  return column;
}

}  // namespace

bool is_reserved_name(std::string_view name) noexcept {
  return std::find(format_names.begin(), format_names.end(), name) != format_names.end();
}

std::string StageLayout::file_name() const {
  std::string name{"r"};
  name += std::to_string(key.revision);
  name += ".s";
  name += std::to_string(key.stage);
  return name += ".h5";
}

std::size_t size_of(Element element) noexcept {
  switch (element) {
    case Element::u8:
      return 1;
    case Element::u16:
      return 2;
    case Element::f32:
      return 4;
    default:
      return 8;
  }
}

std::size_t Column::row_bytes() const noexcept {
  std::size_t bytes = size_of(element);
  for (const std::uint64_t length : shape) bytes *= length;
  return bytes;
}

std::vector<unsigned long long> Column::dims(std::uint64_t rows) const {
  std::vector<unsigned long long> all{rows};
  all.insert(all.end(), shape.begin(), shape.end());
  return all;
}

std::vector<Column> columns_of(const CampaignSpec& spec) {
  refuse_collisions(spec);
  std::vector<Column> columns;
  columns.push_back({"index", Content::index, 0, Element::i64, {}, {}});
  columns.push_back({"revision", Content::revision, 0, Element::u16, {}, {}});
  columns.push_back({"stage", Content::stage, 0, Element::u8, {}, {}});
  columns.push_back(
      {"parameters", Content::parameters, 0, Element::f64, {spec.parameters.size()}, {"parameter"}});
  for (std::size_t i = 0; i < spec.derived.size(); ++i)
    columns.push_back({"derived/" + spec.derived[i].name, Content::derived, i, Element::f64, {}, {}});
  for (std::size_t i = 0; i < spec.outputs.size(); ++i) columns.push_back(output_column(spec, i));
  columns.push_back({"state", Content::state, 0, Element::u8, {}, {}});
  columns.push_back({"checksum", Content::checksum, 0, Element::u64, {}, {}});
  for (std::size_t i = 0; i < spec.meta.size(); ++i)
    columns.push_back({"meta/" + spec.meta[i], Content::meta, i, Element::f64, {}, {}});
  return columns;
}

}  // namespace tranche::store
