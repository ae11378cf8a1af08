#include "tranche/campaign/gate.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

#include "tranche/base/text.hpp"

namespace tranche::campaign {
namespace {

using Relation = Condition::Relation;

enum class Quantity : std::uint8_t { count, share, hours, seconds, plain };

struct Metric {
  std::string name;
  Quantity quantity;
  double (*value)(const Tally& stage, const Tally& so_far);
  double (*of_model)(const ModelFacts& model) = nullptr;  ///< instead
};

template <SampleState state>
double count_of(const Tally& stage, const Tally&) {
  return static_cast<double>(stage.of(state));
}

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

const std::array<Metric, 15>& metrics() {
  static const std::array<Metric, 15> all{{
      {"fail_rate", Quantity::share, [](const Tally& s, const Tally&) { return s.fail_rate(); }},
      {"fail_rate_hi", Quantity::share, [](const Tally& s, const Tally&) { return s.fail_rate_hi(); }},
      {"invalid_rate", Quantity::share,
       [](const Tally& s, const Tally&) {
         return ratio(static_cast<double>(s.of(SampleState::invalid)), static_cast<double>(s.finished()));
       }},
      {"ok", Quantity::count, count_of<SampleState::ok>},
      {"failed", Quantity::count, count_of<SampleState::failed>},
      {"timeout", Quantity::count, count_of<SampleState::timeout>},
      {"crashed", Quantity::count, count_of<SampleState::crashed>},
      {"invalid", Quantity::count, count_of<SampleState::invalid>},
      {"excluded", Quantity::count, count_of<SampleState::excluded>},
      {"finished", Quantity::count,
       [](const Tally& s, const Tally&) { return static_cast<double>(s.finished()); }},
      {"core_hours", Quantity::hours,
       [](const Tally&, const Tally& all_so_far) { return all_so_far.core_hours(); }},
      {"wall_mean_s", Quantity::seconds,
       [](const Tally& s, const Tally&) { return ratio(s.wall_s, static_cast<double>(s.runs)); }},
      {"r2", Quantity::plain, nullptr, [](const ModelFacts& m) { return m.r2; }},
      {"median_error", Quantity::plain, nullptr, [](const ModelFacts& m) { return m.median_error; }},
      {"roughness", Quantity::plain, nullptr, [](const ModelFacts& m) { return m.roughness; }},
  }};
  return all;
}

const Metric* find_metric(std::string_view name) {
  const auto found = std::ranges::find(metrics(), name, &Metric::name);
  return found == metrics().end() ? nullptr : &*found;
}

std::string_view symbol(Relation relation) {
  static constexpr std::array<std::string_view, 4> symbols{"<", "<=", ">", ">="};
  return symbols[static_cast<std::size_t>(relation)];
}

bool holds(Relation relation, double value, double limit) {
  switch (relation) {
    case Relation::less:
      return value < limit;
    case Relation::less_equal:
      return value <= limit;
    case Relation::greater:
      return value > limit;
    case Relation::greater_equal:
      return value >= limit;
  }
  return false;
}

std::string printed(Quantity quantity, double value) {
  if (quantity == Quantity::share) return format_share(value);
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", quantity == Quantity::count ? 15 : 4, value);
  return text;
}

/// `< 5 %`.
std::string comparison(const Metric& metric, const Condition& condition) {
  return std::string{symbol(condition.relation)} + " " + printed(metric.quantity, condition.value);
}

std::string in_ticks(std::string_view word) {
  std::string text{"`"};
  text += word;
  return text += '`';
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

std::size_t skip_word(std::string_view text, std::size_t at) {
  while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_')) ++at;
  return at;
}

ParsedCondition mistake(std::size_t offset, std::string error, std::string fix) {
  return {std::nullopt, std::move(error), std::move(fix), offset};
}

ParsedCondition unknown_metric(std::size_t offset, std::string_view word) {
  std::string error = word.empty() ? std::string{"a condition starts with a metric"}
                                   : "a gate has no metric " + in_ticks(word);
  if (const auto near = did_you_mean(word, gate_metrics()))
    return mistake(offset, error + "; did you mean " + in_ticks(*near) + "?", "");
  std::string names;
  for (const auto& name : gate_metrics()) names += (names.empty() ? "" : ", ") + name;
  return mistake(offset, error, "one of " + names);
}

struct ReadRelation {
  std::optional<Relation> relation;
  std::size_t end = 0;
};

ReadRelation read_relation(std::string_view text, std::size_t at) {
  if (at >= text.size() || (text[at] != '<' && text[at] != '>')) return {std::nullopt, at};
  const bool less = text[at] == '<';
  const bool equal = at + 1 < text.size() && text[at + 1] == '=';
  if (less) return {equal ? Relation::less_equal : Relation::less, at + (equal ? 2 : 1)};
  return {equal ? Relation::greater_equal : Relation::greater, at + (equal ? 2 : 1)};
}

}  // namespace

std::span<const std::string> gate_metrics() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& metric : metrics()) list.push_back(metric.name);
    return list;
  }();
  return names;
}

ParsedCondition parse_condition(std::string_view text) {
  const auto begin = skip_spaces(text, 0);
  const auto end = skip_word(text, begin);
  const auto word = text.substr(begin, end - begin);
  const auto* metric = find_metric(word);
  if (metric == nullptr) return unknown_metric(begin, word);

  const auto relation_at = skip_spaces(text, end);
  const auto [relation, after] = read_relation(text, relation_at);
  const std::string example = metric->name + (metric->quantity == Quantity::share ? " < 5%" : " < 50");
  if (!relation)
    return mistake(relation_at, in_ticks(metric->name) + " needs <, <=, > or >= and a number", example);

  const auto value_at = skip_spaces(text, after);
  const auto value = parse_number(text.substr(value_at));
  if (!value) return mistake(value_at, in_ticks(text.substr(value_at)) + " is not a number", example);
  if (metric->quantity == Quantity::share && (*value < 0 || *value > 1)) {
    const auto written = std::string{text.substr(0, value_at)};
    return mistake(value_at, in_ticks(metric->name) + " is a share between 0 and 100 %",
                   *value > 1 && *value <= 100 ? written + printed(Quantity::count, *value) + "%" : example);
  }
  return {Condition{metric->name, *relation, *value, std::string{text}}, "", "", 0};
}

GateDecision decide_gate(const GateSpec& gate, const Tally& stage, const Tally& so_far,
                         const std::optional<ModelFacts>& model) {
  if (gate.kind == GateSpec::Kind::pass) return {Verdict::open, {}};
  if (gate.kind == GateSpec::Kind::ask) return {Verdict::wait, {}};
  GateDecision decision{Verdict::open, {}};
  bool unknown = false;
  for (const auto& condition : gate.conditions) {
    const auto* metric = find_metric(condition.metric);
    ensure(metric != nullptr, "a condition names a known metric");
    if (metric->of_model != nullptr && !model) {
      unknown = true;
      decision.lines.push_back(condition.metric + " " + comparison(*metric, condition) +
                               ": unknown, no model has been chosen (tranche train, then tranche run)");
      continue;
    }
    const double value =
        metric->of_model != nullptr ? metric->of_model(*model) : metric->value(stage, so_far);
    const bool good = holds(condition.relation, value, condition.value);
    if (!good) decision.verdict = gate.otherwise == GateSpec::Otherwise::stop ? Verdict::stop : Verdict::wait;
    decision.lines.push_back(condition.metric +
                             (metric->of_model != nullptr ? " of model " + model->name : "") + " = " +
                             printed(metric->quantity, value) + " " + comparison(*metric, condition) +
                             (good ? ": holds" : ": does not hold"));
  }
  if (unknown && decision.verdict == Verdict::open) decision.verdict = Verdict::wait;
  return decision;
}

}  // namespace tranche::campaign
