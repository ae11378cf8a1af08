#include "tranche/inspect/stage_summary.hpp"

#include <algorithm>
#include <cmath>

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/inspect/text_table.hpp"

namespace tranche::inspect {
namespace {

constexpr std::size_t most_reasons = 5;

const ledger::StageRow& find_row(const std::vector<ledger::StageRow>& rows, StageKey key) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.key == key; });
  ensure(found != rows.end(), "a stage that is summed up is in the ledger");
  return *found;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string states_line(const campaign::Tally& tally) {
  std::string text;
  for (const auto state : {SampleState::ok, SampleState::failed, SampleState::timeout, SampleState::crashed,
                           SampleState::invalid, SampleState::excluded}) {
    if (tally.of(state) == 0 && state != SampleState::ok) continue;
    text += (text.empty() ? "" : ", ") + format_count(tally.of(state)) + " " + std::string{to_string(state)};
  }
  if (tally.pending() > 0) text += ", " + format_count(tally.pending()) + " to go";
  if (tally.failures() > 0) text += " (fail rate " + format_share(tally.fail_rate()) + ")";
  return text;
}

std::string wall_line(const campaign::WallSummary& wall) {
  return "median " + format_duration(wall.median_s) + ", mean " + format_duration(wall.mean_s) +
         ", 95 % below " + format_duration(wall.p95_s) + ", longest " + format_duration(wall.max_s);
}

std::string spent_line(const StageFacts& facts) {
  auto text = format_core_hours(facts.stage.tally.core_hours());
  if (facts.so_far.core_hours() > facts.stage.tally.core_hours())
    text += ", " + format_core_hours(facts.so_far.core_hours()) + " since the beginning";
  return text;
}

std::string interval(const campaign::Forecast& forecast) {
  if (forecast.core_hours < 1)
    return format_duration(forecast.core_hours_lo * 3600) + " .. " +
           format_duration(forecast.core_hours_hi * 3600);
  return format_amount(forecast.core_hours_lo) + " .. " + format_amount(forecast.core_hours_hi);
}

std::string forecast_line(const StageFacts& facts) {
  if (facts.remaining == 0) return "nothing: this was the last stage";
  auto text = format_count(facts.remaining_to_run) + " samples";
  if (facts.remaining_to_run < facts.remaining) text = "about " + text;
  if (!facts.forecast) return text;
  const auto& forecast = *facts.forecast;
  text += ", " + format_core_hours(forecast.core_hours) + " (90 %: " + interval(forecast) + "), " +
          format_duration(forecast.makespan_s) + " on " + format_count(facts.slots) +
          (facts.slots == 1 ? " slot" : " slots");
  return text;
}

std::string reasons_text(const StageFacts& facts, const TextStyle& style) {
  TextTable table{{{"", Align::right}, {""}, {""}, {""}}};
  for (std::size_t k = 0; k < facts.reasons.size() && k < most_reasons; ++k) {
    const auto& reason = facts.reasons[k];
    table.add(
        {format_count(reason.count), std::string{to_string(reason.state)}, reason.reason,
         "e.g. " + std::to_string(reason.example) + (reason.message.empty() ? "" : ": " + reason.message)});
  }
  auto text = table.text(style, 13);
  if (facts.reasons.size() > most_reasons)
    text += std::string(13, ' ') + "tranche failures lists all reasons\n";
  return text;
}

}  // namespace

StageFacts stage_facts(const ledger::Ledger& ledger, const campaign::StagePlan& plan,
                       const StageQuestion& question) {
  const auto rows = ledger.stages();
  StageFacts facts;
  facts.stage = find_row(rows, question.stage);
  for (const auto& row : rows)
    if (row.key.revision == question.stage.revision && row.key <= question.stage) facts.so_far += row.tally;
  auto times = ledger.wall_times(question.stage);
  facts.wall = campaign::wall_summary(times.some);
  facts.wall.runs = times.runs;
  if (times.runs > 0) facts.wall.mean_s = times.sum_s / static_cast<double>(times.runs);
  facts.wall.max_s = times.longest_s;
  facts.reasons = ledger.reasons(question.stage);
  std::erase_if(facts.reasons, [](const auto& reason) { return reason.count == 0; });
  facts.slots = question.slots;
  facts.remaining = plan.points() - std::min(plan.points(), facts.stage.range.end);
  const double excluded = share(facts.so_far.of(SampleState::excluded), facts.so_far.total);
  facts.remaining_to_run =
      static_cast<std::uint64_t>(std::llround(static_cast<double>(facts.remaining) * (1 - excluded)));
  if (facts.remaining_to_run > 0)
    facts.forecast =
        campaign::forecast({std::move(times.some), facts.remaining_to_run,
                            static_cast<double>(question.threads), question.slots, question.stage.stage});
  return facts;
}

std::string stage_summary(const StageFacts& facts, const TextStyle& style) {
  const auto line = [&](const char* name, const std::string& text) {
    return "  " + style.dim(padded(name, 9)) + "  " + wrapped(text, style.width, 13) + '\n';
  };
  std::string text = style.bold("stage " + facts.stage.name) + ": " + format_count(facts.stage.range.size()) +
                     " samples, " +
                     (facts.stage.state == ledger::StageState::sealed ? "complete" : "not complete") + '\n';
  text += line("samples", states_line(facts.stage.tally));
  if (facts.wall.runs > 0) text += line("one run", wall_line(facts.wall));
  text += line("spent", spent_line(facts));
  text += line("ahead", forecast_line(facts));
  if (!facts.reasons.empty())
    text += "  " + style.dim(padded("failures", 9)) + reasons_text(facts, style).substr(11);
  return text;
}

}  // namespace tranche::inspect
