#include "failure_rows.hpp"

#include <algorithm>
#include <filesystem>

#include "ask.hpp"
#include "tranche/base/text.hpp"
#include "tranche/inspect/text_table.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::cli {
namespace {

std::vector<NamedFailure> from_published(const directory::CampaignPaths& paths) {
  std::vector<NamedFailure> failures;
  const auto status = directory::read_status(paths);
  for (const auto& row : directory::read_failures(paths)) {
    NamedFailure failure{row, std::to_string(row.stage), 0};
    if (status)
      for (const auto& stage : status->stages)
        if (stage.key.stage == row.stage) {
          failure.stage = stage.name;
          failure.finished = stage.tally.finished();
        }
    failures.push_back(std::move(failure));
  }
  return failures;
}

std::vector<NamedFailure> from_ledger(const directory::CampaignPaths& paths) {
  std::vector<NamedFailure> failures;
  if (!std::filesystem::exists(paths.ledger())) return failures;
  const auto ledger = ledger::Ledger::open_to_read(paths.ledger().string());
  for (const auto& stage : ledger.stages())
    for (const auto& reason : ledger.reasons(stage.key))
      failures.push_back({{stage.key.stage, std::string{to_string(reason.state)}, reason.reason, reason.count,
                           reason.wall_s, reason.example, reason.message},
                          stage.name,
                          stage.tally.finished()});
  return failures;
}

}  // namespace

std::vector<NamedFailure> collect_failures(const directory::CampaignPaths& paths) {
  auto failures =
      owner_may_live(directory::look_at_owner(paths)) ? from_published(paths) : from_ledger(paths);
  std::stable_sort(failures.begin(), failures.end(),
                   [](const auto& a, const auto& b) { return a.row.count > b.row.count; });
  return failures;
}

std::string failures_text(const std::vector<NamedFailure>& failures, const inspect::TextStyle& style) {
  if (failures.empty()) return "no sample has failed\n";
  using inspect::Align;
  inspect::TextTable table{{{"count", Align::right},
                            {"share", Align::right},
                            {"stage"},
                            {"state"},
                            {"reason"},
                            {"time lost", Align::right},
                            {"e.g. sample", Align::right}}};
  std::string messages;
  for (const auto& failure : failures) {
    const auto& row = failure.row;
    const auto share =
        failure.finished == 0
            ? std::string{}
            : format_share(static_cast<double>(row.count) / static_cast<double>(failure.finished));
    table.add({format_count(row.count), share, failure.stage, row.state, row.reason,
               format_duration(row.wall_s), std::to_string(row.example)});
    if (!row.message.empty())
      messages +=
          inspect::wrapped("sample " + std::to_string(row.example) + ": " + row.message, style.width, 0) +
          '\n';
  }
  auto text = table.text(style, 0);
  if (!messages.empty()) text += '\n' + messages;
  return text + "\nnext: tranche show " + std::to_string(failures.front().row.example) + '\n';
}

}  // namespace tranche::cli
