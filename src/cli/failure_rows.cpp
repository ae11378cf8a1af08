#include "failure_rows.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "ask.hpp"
#include "choose_stage.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/inspect/failure_table.hpp"
#include "tranche/inspect/published.hpp"
#include "tranche/inspect/text_table.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::cli {
namespace {

/// At rest there is time for more than an owner publishes.
constexpr inspect::SampleSizes sizes_at_rest{5000, 20'000, 500};

struct Source {
  directory::Failures failures;
  std::vector<NamedFailure> rows;
};

/// The name of the stage, and how many of it have finished.
struct StageFacts {
  std::uint8_t stage = 0;
  std::string name;
  std::uint64_t finished = 0;
};

Source named(directory::Failures failures, const std::vector<StageFacts>& stages) {
  Source source{std::move(failures), {}};
  for (const auto& row : source.failures.rows) {
    NamedFailure failure{row, std::to_string(row.stage), 0};
    for (const auto& stage : stages)
      if (stage.stage == row.stage) failure.stage = stage.name, failure.finished = stage.finished;
    source.rows.push_back(std::move(failure));
  }
  return source;
}

Source from_published(const directory::CampaignPaths& paths) {
  std::vector<StageFacts> stages;
  if (const auto status = directory::read_status(paths))
    for (const auto& stage : status->stages)
      stages.push_back({stage.key.stage, stage.name, stage.tally.finished()});
  return named(directory::read_failures(paths), stages);
}

Source from_ledger(const directory::CampaignPaths& paths) {
  if (!std::filesystem::exists(paths.ledger())) return {};
  const auto ledger = ledger::Ledger::open_to_read(paths.ledger().string());
  std::vector<StageFacts> stages;
  for (const auto& stage : ledger.stages())
    stages.push_back({stage.key.stage, stage.name, stage.tally.finished()});
  return named(inspect::FailureTable{ledger, sizes_at_rest}.summary(), stages);
}

/// The campaign as it was run; nothing if campaign.yaml says something else now, or nothing at all: somebody
/// may be at work on it.
std::optional<inspect::CampaignView> view_as_run(const directory::CampaignPaths& paths) {
  try {
    auto view = inspect::open_campaign(paths);
    if (view.changes().empty()) return view;
  } catch (const ConfigError&) {  // `tranche check` has the words
  }
  return std::nullopt;
}

/// A stage of campaign.yaml; while that cannot be read, any word will do.
void require_stage(const directory::CampaignPaths& paths, const std::string& stage) {
  if (const auto view = view_as_run(paths)) stage_number(*view, stage);
}

void add_places(const directory::CampaignPaths& paths, const Source& source, const std::string& only,
                FailureReport& report) {
  const auto view = view_as_run(paths);
  if (!view) {
    report.no_places = "campaign.yaml is not what was run: tranche check";
    return;
  }
  report.threads = view->spec.resources.cores();
  const auto* stage = only.empty() ? nullptr : view->plan.find(only);
  const auto finished =
      stage == nullptr || report.rows.empty() ? source.failures.finished : report.rows.front().finished;
  report.places = inspect::failure_places(*view, source.failures, finished, stage);
}

}  // namespace

FailureReport collect_failures(const directory::CampaignPaths& paths, const std::string& stage) {
  if (!stage.empty()) require_stage(paths, stage);
  const auto source =
      owner_may_live(directory::look_at_owner(paths)) ? from_published(paths) : from_ledger(paths);
  FailureReport report;
  report.rows = source.rows;
  if (!stage.empty())
    std::erase_if(report.rows, [&](const NamedFailure& failure) {
      return failure.stage != stage && std::to_string(failure.row.stage) != stage;
    });
  std::error_code error;
  report.evidence = std::filesystem::is_directory(paths.failed(), error);
  if (!report.rows.empty()) add_places(paths, source, stage, report);
  return report;
}

std::string failures_text(const FailureReport& report, const inspect::TextStyle& style) {
  if (report.rows.empty()) return "no sample has failed\n";
  const bool none = std::all_of(report.rows.begin(), report.rows.end(),
                                [](const auto& failure) { return failure.row.count == 0; });
  using inspect::Align;
  inspect::TextTable table{{{"count", Align::right},
                            {"share", Align::right},
                            {"stage"},
                            {"state"},
                            {"reason"},
                            {"time lost", Align::right},
                            {"core h", Align::right},
                            {"e.g. sample", Align::right}}};
  std::string messages;
  for (const auto& failure : report.rows) {
    const auto& row = failure.row;
    const auto share =
        failure.finished == 0
            ? std::string{}
            : format_share(static_cast<double>(row.count) / static_cast<double>(failure.finished));
    table.add({format_count(row.count), share, failure.stage, row.state, row.reason,
               format_duration(row.wall_s), inspect::format_amount(row.wall_s * report.threads / 3600),
               std::to_string(row.example)});
    if (!row.message.empty())
      messages +=
          inspect::wrapped("sample " + std::to_string(row.example) + ": " + row.message, style.width, 0) +
          '\n';
  }
  auto text = (none ? "no sample has failed for good; attempts that did:\n" : "") + table.text(style, 0);
  if (!report.places.empty() || !report.no_places.empty()) text += '\n';
  for (const auto& place : report.places) text += inspect::wrapped(place.text, style.width, 0) + '\n';
  if (!report.no_places.empty()) text += "where they lie is not said: " + report.no_places + '\n';
  if (!messages.empty()) text += '\n' + messages;
  if (report.evidence) text += "\nwhat the first of each reason have left: failed/REASON/\n";
  return text + "\nnext: tranche show " + std::to_string(report.rows.front().row.example) + '\n';
}

}  // namespace tranche::cli
