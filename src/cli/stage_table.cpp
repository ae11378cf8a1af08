#include "stage_table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "tranche/base/text.hpp"
#include "tranche/inspect/text_table.hpp"

namespace tranche::cli {
namespace {

using directory::StageStatus;
using directory::Status;
using inspect::Align;

constexpr std::size_t narrow_name = 14;

std::string count_or_dot(std::uint64_t count) {
  return count == 0 ? "." : format_count(count);
}

/// At most 6 columns: `99 999`, `1.23e9`.
std::string short_count(double count) {
  if (count < 99'999.5) return format_count(static_cast<std::uint64_t>(count + 0.5));
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.2e", count);
  std::string digits{text.data()};
  digits.erase(digits.find('e') + 1, 1);  // the sign
  if (digits[digits.find('e') + 1] == '0') digits.erase(digits.find('e') + 1, 1);
  return digits;
}

std::string short_or_dot(std::uint64_t count) {
  return count == 0 ? "." : short_count(static_cast<double>(count));
}

std::string gate_text(const StageStatus& stage, bool last) {
  if (last) return {};
  if (stage.gate == "closed") return "ahead";
  return stage.gate;
}

/// States that a sample of any stage is in; the others have no column.
bool occurs(const Status& status, SampleState state) {
  return std::any_of(status.stages.begin(), status.stages.end(),
                     [&](const StageStatus& stage) { return stage.tally.of(state) > 0; });
}

std::string full_table(const Status& status, const inspect::TextStyle& style) {
  struct Column {
    SampleState state;
    const char* title;
  };
  static constexpr std::array<Column, 6> states{{{SampleState::ok, "ok"},
                                                 {SampleState::failed, "failed"},
                                                 {SampleState::timeout, "timeout"},
                                                 {SampleState::crashed, "crashed"},
                                                 {SampleState::invalid, "invalid"},
                                                 {SampleState::excluded, "excluded"}}};
  std::vector<inspect::TextTable::Column> columns{{"stage"}, {"samples", Align::right}};
  for (const auto& column : states) columns.push_back({column.title, Align::right});
  columns.insert(columns.end(), {{"core h", Align::right}, {"state"}, {"gate"}});
  inspect::TextTable table{columns};
  for (const auto& stage : status.stages) {
    const auto& tally = stage.tally;
    std::vector<std::string> row{stage.name, format_count(stage.range.size())};
    for (const auto& column : states) {
      const bool shown = column.state == SampleState::ok || occurs(status, column.state);
      row.push_back(shown ? count_or_dot(tally.of(column.state)) : std::string{});
    }
    row.insert(row.end(), {inspect::format_amount(tally.core_hours()), stage.state,
                           gate_text(stage, &stage == &status.stages.back())});
    table.add(std::move(row));
  }
  return table.text(style);
}

std::string narrow_table(const Status& status, const inspect::TextStyle& style) {
  inspect::TextTable table{{{"stage"},
                            {"samples", Align::right},
                            {"ok", Align::right},
                            {"not ok", Align::right},
                            {"excluded", Align::right},
                            {"core h", Align::right},
                            {"state"},
                            {"gate"}}};
  for (const auto& stage : status.stages) {
    const auto& tally = stage.tally;
    const auto not_ok = tally.of(SampleState::failed) + tally.of(SampleState::timeout) +
                        tally.of(SampleState::crashed) + tally.of(SampleState::invalid);
    const auto hours = tally.core_hours();
    table.add({inspect::shortened(stage.name, narrow_name),
               short_count(static_cast<double>(stage.range.size())), short_or_dot(tally.of(SampleState::ok)),
               short_or_dot(not_ok), short_or_dot(tally.of(SampleState::excluded)),
               hours < 1000 ? inspect::format_amount(hours) : short_count(hours),
               inspect::shortened(stage.state, 7), gate_text(stage, &stage == &status.stages.back())});
  }
  return table.text(style);
}

/// Of the widest line.
std::size_t width_of(std::string_view lines) {
  std::size_t width = 0;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    width = std::max(width, inspect::display_width(lines.substr(0, end)));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return width;
}

}  // namespace

std::string stage_table(const Status& status, const inspect::TextStyle& style) {
  auto unlimited = style;
  unlimited.width = std::string::npos;  // nothing is cut before it is measured
  auto table = full_table(status, unlimited);
  return width_of(table) <= style.width ? table : narrow_table(status, style);
}

}  // namespace tranche::cli
