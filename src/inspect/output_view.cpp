#include "tranche/inspect/output_view.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tranche/base/text.hpp"
#include "tranche/inspect/sketch.hpp"

namespace tranche::inspect {
namespace {

template <class T>
std::vector<double> numbers_as(std::span<const std::byte> bytes) {
  std::vector<double> values(bytes.size() / sizeof(T));
  for (std::size_t k = 0; k < values.size(); ++k) {
    T value;
    std::memcpy(&value, bytes.data() + k * sizeof(T), sizeof(T));
    values[k] = static_cast<double>(value);
  }
  return values;
}

bool logarithmic(const campaign::Output& output) {
  return output.transform == campaign::Transform::log10;
}

/// The floor as it comes back from the store.
double stored_floor(const campaign::Output& output) {
  const double floor = std::log10(output.floor);
  return output.type == campaign::StoredType::float32 ? static_cast<double>(static_cast<float>(floor))
                                                      : floor;
}

std::string shape_text(const campaign::CampaignSpec& spec, const campaign::Output& output) {
  if (output.axes.empty()) return {};
  std::string text;
  for (const auto axis : output.axes)
    text += (text.empty() ? "" : " x ") + spec.axes[axis].name + " " +
            std::to_string(spec.axes[axis].values.size());
  return "[" + text + "]";
}

std::string with_unit(const std::string& text, const std::string& unit) {
  return unit == "1" || unit.empty() ? text : text + " " + unit;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts)
    if (!part.empty()) text += (text.empty() ? "" : "  ") + part;
  return text;
}

SketchOptions sketch_options(const campaign::CampaignSpec& spec, const campaign::Output& output,
                             const TextStyle& style, std::size_t indent) {
  SketchOptions options;
  options.indent = indent;
  options.columns = std::min<std::size_t>(64, style.width > indent + 14 ? style.width - indent - 14 : 20);
  if (logarithmic(output)) {
    options.scale = ValueScale::log10;
    options.floor = stored_floor(output);
  }
  const auto& axis = spec.axes[output.axes.back()];
  options.from = axis.name + " = " + format_value(axis.values.front());
  options.to = with_unit(format_value(axis.values.back()), axis.unit);
  return options;
}

}  // namespace

std::vector<double> stored_numbers(const campaign::Output& output, std::span<const std::byte> bytes) {
  return output.type == campaign::StoredType::float32 ? numbers_as<float>(bytes) : numbers_as<double>(bytes);
}

OutputRange output_range(const campaign::Output& output, std::span<const double> stored) {
  OutputRange range;
  range.elements = stored.size();
  range.lo = std::numeric_limits<double>::infinity();
  range.hi = -range.lo;
  for (const double value : stored) {
    if (!std::isfinite(value)) continue;
    ++range.finite;
    if (logarithmic(output) && value <= stored_floor(output)) ++range.at_floor;
    range.lo = std::min(range.lo, value);
    range.hi = std::max(range.hi, value);
  }
  if (range.finite == 0) range.lo = range.hi = std::numeric_limits<double>::quiet_NaN();
  if (logarithmic(output)) {
    range.lo = std::pow(10.0, range.lo);
    range.hi = std::pow(10.0, range.hi);
  }
  return range;
}

std::string output_line(const campaign::CampaignSpec& spec, std::size_t which,
                        std::span<const double> stored) {
  const auto& output = spec.outputs[which];
  const auto range = output_range(output, stored);
  std::vector<std::string> notes;
  if (range.finite < range.elements)
    notes.push_back(format_count(range.elements - range.finite) + " not finite");
  if (range.at_floor > 0) notes.push_back(format_count(range.at_floor) + " at the floor");
  const auto values = range.elements == 1 ? "= " + format_value(range.lo)
                                          : format_value(range.lo) + " .. " + format_value(range.hi);
  std::string text = joined({output.name, shape_text(spec, output), with_unit(values, output.unit)});
  for (std::size_t k = 0; k < notes.size(); ++k) text += (k == 0 ? "  (" : ", ") + notes[k];
  return notes.empty() ? text : text + ")";
}

std::string output_text(const campaign::CampaignSpec& spec, std::size_t which, std::span<const double> stored,
                        const TextStyle& style, std::size_t indent) {
  const auto& output = spec.outputs[which];
  std::string text = std::string(indent, ' ') + output_line(spec, which, stored) + '\n';
  if (output.axes.empty()) return text;
  const auto options = sketch_options(spec, output, style, indent);
  if (output.axes.size() == 1) return text + sketch_curve(stored, options, style);
  return text + sketch_map(stored, spec.axes[output.axes.back()].values.size(), options, style);
}

}  // namespace tranche::inspect
