#include "tranche/models/curve.hpp"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tranche/base/text.hpp"

namespace tranche::models {
namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 1;

std::string two_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", value);
  return text;
}

/// 1, 2 or 5 times a power of ten, below `value`.
double round_below(double value) {
  const double decade = std::pow(10.0, std::floor(std::log10(value)));
  for (const double step : {5.0, 2.0, 1.0})
    if (step * decade < value * 0.999) return step * decade;
  return decade / 2;
}

/// Two digits are known.
std::string about(double samples) {
  const double unit = std::pow(10.0, std::floor(std::log10(samples)) - 1);
  return format_count(static_cast<std::uint64_t>(std::round(samples / unit) * unit));
}

std::string text_of(const CurveReport& report) {
  const auto& at = *report.at_full;
  const auto unit = report.unit.empty() || report.unit == "1" ? "" : " " + report.unit;
  std::string text = "at 100 % expect " + two_digits(at.value) + unit + " (" + two_digits(at.lo) + "-" +
                     two_digits(at.hi) + "); " + two_digits(report.target);
  if (!std::isfinite(report.needs->value)) return text + " is out of reach of more samples alone";
  return text + " needs about " + about(report.needs->value);
}

Json json_of(const learn::CurveValue& value) {
  return {{"value", value.value}, {"lo", value.lo}, {"hi", value.hi}};
}

}  // namespace

CurveReport report_curve(std::vector<learn::CurvePoint> points, double full, const std::string& unit) {
  CurveReport report;
  report.points = std::move(points);
  report.unit = unit;
  report.full = full;
  const auto fitted = learn::LearningCurve::fit(report.points);
  if (const auto* why = std::get_if<std::string>(&fitted)) {
    report.text = *why;
    return report;
  }
  const auto& curve = std::get<learn::LearningCurve>(fitted);
  report.at_full = curve.predict(full);
  report.target = round_below(report.at_full->value);
  report.needs = curve.samples_for(report.target);
  report.text = text_of(report);
  return report;
}

void write_curve(const directory::ModelPaths& paths, const CurveReport& report) {
  Json document{{"tranche_curve", version}, {"text", report.text},     {"metric", "median"},
                {"unit", report.unit},      {"points", Json::array()}, {"full", report.full}};
  for (const auto& point : report.points)
    document["points"].push_back({{"samples", point.samples}, {"error", point.error}});
  document["at_full"] = report.at_full ? json_of(*report.at_full) : Json{};
  document["needs"] = report.needs ? json_of(*report.needs) : Json{};
  if (report.needs) document["needs"]["error"] = report.target;
  directory::write_atomically(paths.curve(), document.dump(1) + "\n", directory::Durability::rename_only);
}

std::optional<std::string> curve_text(const directory::ModelPaths& paths) {
  const auto text = directory::read_file(paths.curve());
  if (!text) return std::nullopt;
  const auto document = Json::parse(*text, nullptr, false);
  if (!document.is_object() || !document.contains("text") || !document["text"].is_string())
    return std::nullopt;
  return document["text"].get<std::string>();
}

}  // namespace tranche::models
