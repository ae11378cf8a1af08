// tranche failures: why samples failed, how often, where, and what it cost.
#include <CLI/CLI.hpp>
#include <ostream>

#include "commands.hpp"
#include "failure_rows.hpp"
#include "json_output.hpp"

namespace tranche::cli {
namespace {

Json to_json(const NamedFailure& failure, double threads) {
  const auto& row = failure.row;
  return {{"stage", row.stage},     {"stage_name", failure.stage},
          {"state", row.state},     {"reason", row.reason},
          {"count", row.count},     {"finished", failure.finished},
          {"wall_s", row.wall_s},   {"core_s", row.wall_s * threads},
          {"example", row.example}, {"message", row.message}};
}

Json to_json(const atlas::Bound& bound, const std::vector<atlas::Axis>& axes) {
  const auto& axis = axes.at(bound.axis);
  Json document{{"axis", axis.name}, {"at_least", nullptr}, {"below", nullptr}, {"levels", nullptr}};
  if (bound.at_least) document["at_least"] = *bound.at_least;
  if (bound.below) document["below"] = *bound.below;
  if (!bound.levels.empty()) {
    document["levels"] = Json::array();
    for (const auto level : bound.levels) document["levels"].push_back(axis.levels.at(level));
  }
  return document;
}

Json to_json(const inspect::FailurePlace& place) {
  Json document{{"state", place.state},       {"reason", place.reason},     {"count", place.count},
                {"examined", place.examined}, {"compared", place.compared}, {"text", place.text},
                {"region", nullptr}};
  if (place.answer.kind != atlas::Answer::Kind::found) return document;
  const auto& region = place.answer.region;
  Json bounds = Json::array();
  for (const auto& bound : region.bounds) bounds.push_back(to_json(bound, place.axes));
  document["region"] = {{"share_of_failures", region.share_of_failures()},
                        {"share_of_box", region.share_of_box(place.fail_share)},
                        {"bounds", std::move(bounds)}};
  return document;
}

Json to_json(const FailureReport& report) {
  Json document{{"tranche_failures", 1}, {"rows", Json::array()}, {"places", Json::array()}};
  for (const auto& failure : report.rows) document["rows"].push_back(to_json(failure, report.threads));
  for (const auto& place : report.places) document["places"].push_back(to_json(place));
  return document;
}

}  // namespace

void register_failures(CLI::App& app, Context& context) {
  auto* verb =
      app.add_subcommand("failures", "Why samples failed: reasons, counts, where they lie, one example each");
  auto options = std::make_shared<FailuresOptions>();
  verb->add_option("--stage", options->stage, "Only this stage (name or number)")->type_name("S");
  verb->footer(
      "Shares are of the samples of that stage that ran to an end; core hours are wall time times threads. "
      "The\n"
      "part of the parameter box where a reason occurs is said if it has at least half of its samples, and\n"
      "chance would find no such part.");
  verb->callback([options, &context] { context.exit_code = run_failures(*options, context); });
}

int run_failures(const FailuresOptions& options, Context& context) {
  const auto report = collect_failures(context.campaign(), options.stage);
  if (context.options.json)
    print_json(context, to_json(report));
  else
    context.out << failures_text(report, context.out_style);
  return 0;
}

}  // namespace tranche::cli
