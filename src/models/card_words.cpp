#include "card_words.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "tranche/base/text.hpp"
#include "tranche/learn/trial_json.hpp"
#include "tranche/learn/trial_words.hpp"

namespace tranche::models::words {
namespace {

std::string with_unit(const std::string& text, const std::string& unit) {
  return unit.empty() || unit == "1" ? text : text + " " + unit;
}

std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
  return text.empty() ? "none" : text;
}

std::string shape_text(const surrogate::Surrogate& surrogate) {
  std::string text = std::to_string(surrogate.points()) + (surrogate.points() == 1 ? " number" : " points");
  for (const auto& axis : surrogate.axes)
    text += ", " + axis.name + " " +
            with_unit(number(axis.values.front()) + " .. " + number(axis.values.back()), axis.unit);
  return text;
}

std::string members_text(const surrogate::Surrogate& surrogate) {
  std::uint64_t parameters = 0;
  std::vector<std::string> trials;
  for (const auto& member : surrogate.members) {
    parameters += learn::parameter_count(member.network.spec(), member.network.inputs());
    trials.push_back(std::to_string(member.trial));
  }
  const auto size = format_count(parameters) + " parameters";
  if (trials.size() == 1) return "one network, " + size + ", of trial " + trials.front();
  return "mean of " + std::to_string(trials.size()) + " networks, " + size + " in all, of trials " +
         list_of(trials);
}

/// Three digits are known: `8 910 times`.
std::string times(double factor) {
  if (factor < 1000) return number(factor) + " times";
  const double unit = std::pow(10.0, std::floor(std::log10(factor)) - 2);
  return format_count(static_cast<std::uint64_t>(std::round(factor / unit) * unit)) + " times";
}

std::string known(const std::string& text) {
  return text.empty() ? "unknown" : text;
}

/// `stage second, width 16`: what differs from the defaults.
std::string settings_text(const std::string& json) {
  if (json.empty()) return "defaults";
  std::vector<std::string> words;
  for (const auto& word :
       learn::to_words(learn::settings_from_json(json, "surrogate.h5"), learn::Which::changed))
    words.push_back(word.key + " " + word.text);
  return words.empty() ? "defaults" : list_of(words);
}

}  // namespace

std::string number(double value) {
  if (!std::isfinite(value)) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", value);
  return text.data();
}

std::string r2(double value) {
  if (!std::isfinite(value)) return "-";
  int digits = 3;
  for (double rest = 1 - value; rest > 0 && rest < 0.01 && digits < 7; rest *= 10) ++digits;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string error_unit(const surrogate::Surrogate& surrogate) {
  if (surrogate.log10) return " dex";
  return surrogate.output_unit == "1" ? "" : " " + surrogate.output_unit;
}

std::string counted_points(double window) {
  return std::isfinite(window) ? "points within " + number(window) + " decades of a spectrum's peak"
                               : "all points";
}

std::vector<Fact> identity(const ModelCard& card) {
  const auto& s = card.surrogate;
  const auto& p = s.provenance;
  std::vector<Fact> facts{
      {"output", with_unit(s.output, s.output_unit) + (s.log10 ? ", as log10" : "") + "; " + shape_text(s)},
      {"model", members_text(s)},
      {"learned from", format_count(p.samples) + " samples of stages " + known(p.stages)},
      {"judged by", format_count(card.rows.index.size()) + " of " +
                        format_count(std::max<std::uint64_t>(p.held_out, card.rows.index.size())) +
                        " samples that no training saw"},
      {"errors", "absolute," + (error_unit(s).empty() ? " as stored" : error_unit(s)) + ", over " +
                     counted_points(card.window)}};
  return facts;
}

std::vector<Fact> accuracy(const ModelCard& card) {
  const auto unit = error_unit(card.surrogate);
  const auto& a = card.errors.inside;
  std::vector<Fact> facts{{"median error", number(a.median) + unit},
                          {"mean error", number(a.mean) + unit},
                          {"95 % are below", number(a.p95) + unit},
                          {"99 % are below", number(a.p99) + unit},
                          {"largest error", number(a.max) + unit},
                          {"R2", r2(a.r2)},
                          {"MSE", number(a.mse)}};
  if (card.surrogate.points() >= 3)
    facts.push_back(
        {"roughness", number(a.roughness) + " (second differences of the error over those of the truth)"});
  const auto& all = card.errors.all_points;
  if (all.points > a.points)
    facts.push_back({"over all points", "median " + number(all.median) + unit + ", 99 % below " +
                                            number(all.p99) + unit + ", largest " + number(all.max) + unit});
  if (card.surrogate.members.size() > 1)
    facts.push_back(
        {"error bar", number(card.surrogate.spread_scale) + " x the members' standard deviation; holds " +
                          format_share(card.surrogate.coverage_1) + " of the errors, twice it holds " +
                          format_share(card.surrogate.coverage_2)});
  return facts;
}

std::vector<Fact> speed(const ModelCard& card) {
  const auto& s = card.speed;
  std::vector<Fact> facts{
      {"one spectrum", number(s.latency_us) + " us (median of " + format_count(s.calls) + " calls)"},
      {"many", format_count(static_cast<std::uint64_t>(s.per_second)) + " a second of one core, " +
                   format_count(s.batch) + " at a time"}};
  if (card.simulation_core_s > 0) {
    facts.push_back({"a simulation", format_duration(card.simulation_core_s) + " of one core, mean"});
    facts.push_back({"speed-up", times(1e6 * card.simulation_core_s / s.latency_us) + " one by one, " +
                                     times(card.simulation_core_s * s.per_second) + " in batches"});
  } else {
    facts.push_back({"speed-up", "unknown: the surrogate does not say what a simulation costs"});
  }
  facts.push_back(
      {"measured", s.date + ", " + s.processor + ", kernels " + s.kernels + ", load " + number(s.load)});
  facts.push_back({"by", card.command});
  return facts;
}

std::vector<Fact> provenance(const ModelCard& card) {
  const auto& p = card.surrogate.provenance;
  std::vector<std::string> constants;
  for (const auto& constant : card.surrogate.constants)
    constants.push_back(constant.name + " = " + number(constant.value));
  return {{"campaign", known(p.campaign) + " (" + known(p.campaign_id) + ")"},
          {"stages", known(p.stages)},
          {"store digest", known(p.store_digest)},
          {"simulator digest", known(p.simulator_digest)},
          {"tranche", known(p.tranche_version)},
          {"constants", list_of(constants)},
          {"constraints", list_of(card.surrogate.constraints)},
          {"hold-out", format_share(p.hold_out_share) + " of all samples, by a hash of their index"},
          {"training", format_duration(p.training_cpu_s) + " of processor time"},
          {"settings", settings_text(p.settings)}};
}

std::vector<std::string> range_row(const surrogate::Input& input) {
  static constexpr std::array scales{"linear", "log", "integer", "levels"};
  return {input.name, input.unit == "1" ? "" : input.unit, scales.at(static_cast<std::size_t>(input.scale)),
          number(input.lo), number(input.hi)};
}

std::string point_text(const ModelCard& card, std::size_t row) {
  std::string text;
  for (std::size_t k = 0; k < card.surrogate.inputs.size(); ++k) {
    const auto& input = card.surrogate.inputs[k];
    const double value = card.rows.x(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(k));
    text += (text.empty() ? "" : ", ") + with_unit(input.name + " = " + number(value), input.unit);
  }
  return text;
}

}  // namespace tranche::models::words
