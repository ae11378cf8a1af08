#include <cmath>
#include <cstdio>

#include "tranche/base/text.hpp"
#include "tranche/inspect/text_table.hpp"
#include "tranche/models/leaderboard.hpp"

namespace tranche::models {
namespace {

using inspect::Align;
using inspect::TextTable;
using State = Standing::State;

/// Three digits.
std::string short_number(double value) {
  if (!std::isfinite(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

/// As many nines as it has, and two digits behind them.
std::string r2_text(double value) {
  if (!std::isfinite(value)) return "-";
  int digits = 3;
  for (double rest = 1 - value; rest > 0 && rest < 0.01 && digits < 7; rest *= 10) ++digits;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string name_of(const Standing& standing, const inspect::TextStyle& style) {
  const auto name = standing.kind == Standing::Kind::trial ? std::to_string(standing.trial) : standing.name;
  return standing.chosen ? style.bold(name + "*") : name;
}

std::string painted_state(const Standing& standing, const inspect::TextStyle& style) {
  const std::string word{to_string(standing.state)};
  switch (standing.state) {
    case State::ok:
      return standing.result.early ? "ok, early" : word;
    case State::diverged:
    case State::plateau:
    case State::failed:
      return style.yellow(word);
    default:
      return style.dim(word);
  }
}

/// `216k`.
std::string rough_count(std::uint64_t value) {
  if (value < 1000) return std::to_string(value);
  const bool thousands = value < 1'000'000;
  return short_number(static_cast<double>(value) / (thousands ? 1e3 : 1e6)) + (thousands ? "k" : "M");
}

TextTable errors(const Leaderboard& board, const inspect::TextStyle& style) {
  TextTable table{{{"trial"},
                   {"median", Align::right},
                   {"mean", Align::right},
                   {"p95", Align::right},
                   {"p99", Align::right},
                   {"max", Align::right},
                   {"R2", Align::right},
                   {"MSE", Align::right},
                   {"state"}}};
  for (const auto& each : board.standings) {
    const auto& a = each.result.accuracy;
    std::vector<std::string> row{name_of(each, style)};
    for (const double value : {a.median, a.mean, a.p95, a.p99, a.max}) row.push_back(short_number(value));
    row.push_back(r2_text(a.r2));
    row.push_back(short_number(a.mse));
    if (each.state != State::ok)
      for (std::size_t k = 1; k < row.size(); ++k) row[k].clear();
    row.push_back(painted_state(each, style));
    table.add(std::move(row));
  }
  return table;
}

TextTable costs(const Leaderboard& board, const inspect::TextStyle& style) {
  TextTable table{{{"trial"},
                   {"rough", Align::right},
                   {"samples", Align::right},
                   {"CPU time", Align::right},
                   {"params", Align::right},
                   {"latency", Align::right},
                   {"settings"}}};
  for (const auto& each : board.standings) {
    const auto& r = each.result;
    const bool known = each.state == State::ok;
    const bool costs = known && r.cpu_s > 0;
    table.add({name_of(each, style), known ? short_number(r.accuracy.roughness) : "",
               known ? format_count(r.samples) : "", costs ? format_duration(r.cpu_s) : "",
               known && r.parameters > 0 ? rough_count(r.parameters) : "",
               known && r.latency_us > 0 ? short_number(r.latency_us) + " us" : "",
               each.reason.empty() ? each.label : each.reason});
  }
  return table;
}

}  // namespace

std::string leaderboard_text(const Leaderboard& board, const inspect::TextStyle& style) {
  std::string text = style.bold(board.model) + "  " + board.output + ", by " + board.select;
  for (const auto& each : board.standings)
    if (each.state == State::ok && each.result.held_out > 0) {
      text += "; errors on " + format_count(each.result.held_out) + " samples that no training saw";
      break;
    }
  text += "\n" + errors(board, style).text(style) + "\n" + costs(board, style).text(style);
  if (!board.curve.empty()) text += "  " + inspect::wrapped(board.curve, style.width, 2) + "\n";
  if (!board.choice) return text;
  text += "  * chosen: models/" + board.model + "/surrogate.h5\n";
  if (board.choice->trials.size() < 2) return text;
  char bar[96];
  std::snprintf(bar, sizeof bar, "  error bar: %.2f x the members' standard deviation\n",
                board.choice->spread_scale);
  char coverage[96];
  std::snprintf(coverage, sizeof coverage, "  %.0f %% of the errors lie within one, %.0f %% within two\n",
                board.choice->coverage_1 * 100, board.choice->coverage_2 * 100);
  return text + bar + coverage;
}

}  // namespace tranche::models
