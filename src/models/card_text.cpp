#include <algorithm>
#include <cmath>

#include "card_words.hpp"
#include "tranche/base/text.hpp"
#include "tranche/inspect/text_table.hpp"

namespace tranche::models {
namespace {

using inspect::Align;
using inspect::TextStyle;
using inspect::TextTable;

constexpr std::size_t axis_rows = 8;
constexpr std::size_t most_standings = 6;

std::string fact_lines(const std::vector<words::Fact>& facts, const TextStyle& style) {
  constexpr std::size_t column = 20;
  std::string text;
  for (const auto& fact : facts)
    text += "  " + inspect::padded(fact.name, column - 2) +
            inspect::wrapped(fact.value, style.width, column) + "\n";
  return text;
}

std::string by_parameter(const ModelCard& card, const TextStyle& style) {
  TextTable table{{{"parameter"}, {"least", Align::right}, {"most", Align::right}, {"most between"}}};
  for (const auto& errors : card.errors.by_parameter) {
    const auto order = [](const ErrorBin& a, const ErrorBin& b) {
      return (a.samples == 0 ? 0 : a.median) < (b.samples == 0 ? 0 : b.median);
    };
    const auto& worst = *std::max_element(errors.bins.begin(), errors.bins.end(), order);
    double least = worst.median;
    for (const auto& bin : errors.bins)
      if (bin.samples > 0) least = std::min(least, bin.median);
    const auto& input = card.surrogate.inputs[errors.parameter];
    table.add({input.name, words::number(least), words::number(worst.median),
               words::number(worst.lo) + " and " + words::number(worst.hi) +
                   (input.unit == "1" ? "" : " " + input.unit)});
  }
  return table.text(style);
}

/// Points of the axis in groups: the mean of their medians, the largest of the rest.
std::string by_axis(const ModelCard& card, const TextStyle& style) {
  TextTable table{
      {{"from"}, {"to"}, {"median", Align::right}, {"95 %", Align::right}, {"99 %", Align::right}}};
  const auto& points = card.errors.by_point;
  const auto label = [&](std::size_t k) {
    const auto& axes = card.surrogate.axes;
    return words::number(axes.size() == 1 ? axes.front().values[k] : static_cast<double>(k));
  };
  const std::size_t rows = std::min(axis_rows, points.size());
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t first = row * points.size() / rows;
    const std::size_t last = (row + 1) * points.size() / rows;
    double median = 0;
    double count = 0;
    PointError worst;
    for (std::size_t k = first; k < last; ++k) {
      if (!std::isfinite(points[k].median)) continue;
      median += points[k].median;
      ++count;
      worst.p95 = std::max(worst.p95, points[k].p95);
      worst.p99 = std::max(worst.p99, points[k].p99);
    }
    const bool any = count > 0;
    table.add({label(first), label(last - 1), any ? words::number(median / count) : "-",
               any ? words::number(worst.p95) : "-", any ? words::number(worst.p99) : "-"});
  }
  return table.text(style);
}

std::string standings(const ModelCard& card, const TextStyle& style) {
  TextTable table{{{"trial"},
                   {"median", Align::right},
                   {"99 %", Align::right},
                   {"rough", Align::right},
                   {"samples", Align::right},
                   {"settings"}}};
  std::size_t trials = 0;
  for (const auto& each : card.board->standings) {
    const bool trial = each.kind == Standing::Kind::trial;
    if (trial && ++trials > most_standings && !each.chosen) continue;
    const bool ok = each.state == Standing::State::ok;
    const auto& a = each.result.accuracy;
    table.add({(trial ? std::to_string(each.trial) : each.name) + (each.chosen ? "*" : ""),
               ok ? words::number(a.median) : std::string{to_string(each.state)},
               ok ? words::number(a.p99) : "", ok ? words::number(a.roughness) : "",
               ok ? format_count(each.result.samples) : "", each.label});
  }
  return table.text(style);
}

}  // namespace

std::string card_text(const ModelCard& card, const TextStyle& style) {
  const auto& provenance = card.surrogate.provenance;
  const auto heading = [&](const std::string& text) { return "\n" + style.bold(text) + "\n"; };
  std::string text = style.bold("Surrogate " + provenance.model + " of " + provenance.campaign) + "\n";
  text += fact_lines(words::identity(card), style);
  text += heading("How good it is") + fact_lines(words::accuracy(card), style);
  text += heading("Where it errs") + "  " + inspect::wrapped(card.errors.region, style.width, 2) + "\n";
  for (const auto& example : card.errors.examples)
    text += "  " +
            inspect::wrapped(example.what + " spectrum: mean error " + words::number(example.error) +
                                 words::error_unit(card.surrogate) + ", tranche show " +
                                 std::to_string(card.rows.index[example.row]),
                             style.width, 2) +
            "\n";
  text +=
      "\n  median over samples of the mean error, in bins of each parameter\n" + by_parameter(card, style);
  if (card.surrogate.points() > 1) text += "\n  along the axis\n" + by_axis(card, style);
  if (card.curve)
    text += heading("More samples") + "  " + inspect::wrapped(*card.curve, style.width, 2) + "\n";
  if (card.board) text += heading("Trials and baselines") + standings(card, style);
  text += heading("How fast it is") + fact_lines(words::speed(card), style);
  text += heading("Domain");
  TextTable ranges{{{"parameter"}, {"unit"}, {"scale"}, {"from", Align::right}, {"to", Align::right}}};
  for (const auto& input : card.surrogate.inputs) ranges.add(words::range_row(input));
  text += ranges.text(style);
  return text + heading("Provenance") + fact_lines(words::provenance(card), style);
}

}  // namespace tranche::models
