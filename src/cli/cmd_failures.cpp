// tranche failures: why samples failed, how often, and what it cost.
#include <CLI/CLI.hpp>
#include <ostream>

#include "commands.hpp"
#include "failure_rows.hpp"
#include "json_output.hpp"

namespace tranche::cli {
namespace {

Json to_json(const std::vector<NamedFailure>& failures) {
  Json document{{"tranche_failures", 1}, {"rows", Json::array()}};
  for (const auto& failure : failures) {
    const auto& row = failure.row;
    document["rows"].push_back({{"stage", row.stage},
                                {"stage_name", failure.stage},
                                {"state", row.state},
                                {"reason", row.reason},
                                {"count", row.count},
                                {"finished", failure.finished},
                                {"wall_s", row.wall_s},
                                {"example", row.example},
                                {"message", row.message}});
  }
  return document;
}

}  // namespace

void register_failures(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("failures", "Why samples failed: reasons, counts, one example each");
  auto options = std::make_shared<FailuresOptions>();
  verb->add_option("--stage", options->stage, "Only this stage (name or number)")->type_name("S");
  verb->footer("Shares are of the samples of that stage that ran to an end.");
  verb->callback([options, &context] { context.exit_code = run_failures(*options, context); });
}

int run_failures(const FailuresOptions& options, Context& context) {
  auto failures = collect_failures(context.campaign());
  if (!options.stage.empty())
    std::erase_if(failures, [&](const NamedFailure& failure) {
      return failure.stage != options.stage && std::to_string(failure.row.stage) != options.stage;
    });
  if (context.options.json)
    print_json(context, to_json(failures));
  else
    context.out << failures_text(failures, context.out_style);
  return 0;
}

}  // namespace tranche::cli
