// tranche retry: failed samples become pending again; the next run, or the live one, runs them.
#include <CLI/CLI.hpp>
#include <ostream>

#include "change_campaign.hpp"
#include "commands.hpp"
#include "json_output.hpp"
#include "parameters.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"

namespace tranche::cli {
namespace {

double seconds_of(const std::string& timeout) {
  const auto seconds = parse_duration(timeout);
  if (seconds && *seconds > 0) return *seconds;
  Problem problem;
  problem.what = "`--timeout " + timeout + "` is no duration";
  problem.fix = "write 90 s, 5 min or 1h30m";
  throw ConfigError{std::move(problem)};
}

Json to_json(const RetryOptions& options) {
  Json arguments{{"dry_run", options.dry_run}};
  if (!options.state.empty()) arguments["state"] = options.state;
  if (options.reason) arguments["reason"] = *options.reason;
  if (!options.stage.empty()) arguments["stage"] = options.stage;
  if (options.index) arguments["index"] = *options.index;
  if (!options.with.empty()) arguments["with"] = joined_settings(options.with);
  if (!options.timeout.empty()) arguments["timeout_s"] = seconds_of(options.timeout);
  return arguments;
}

std::string next_step(const RetryOptions& options, const Changed& done) {
  if (done.data.value("stages", Json::array()).empty()) return {};
  if (options.dry_run) return "next: the same without --dry-run\n";
  return done.by_run ? "the live run goes on with them\n" : "next: tranche run\n";
}

}  // namespace

void register_retry(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("retry", "Run failed samples again; what is ok is never touched");
  auto options = std::make_shared<RetryOptions>();
  verb->add_option("--state", options->state, "Only failed, timeout or crashed ones")->type_name("STATE");
  verb->add_option("--reason", options->reason, "Only those with this reason (tranche failures lists them)")
      ->type_name("REASON");
  verb->add_option("--stage", options->stage, "Only this stage (name or number)")->type_name("STAGE");
  verb->add_option("--index", options->index, "Only this sample")->type_name("I");
  verb->add_option("--timeout", options->timeout,
                   "Wall time limit for these samples, instead of simulator.timeout")
      ->type_name("T");
  verb->add_option("--with", options->with,
                   "For these samples, other values of constants in the command's placeholders")
      ->type_name("NAME=VALUE");
  verb->add_flag("--dry-run", options->dry_run, "Only say what would run again");
  verb->footer(
      "  tranche retry --state timeout --dry-run\n"
      "  tranche retry --reason deadline --timeout 10min && tranche run\n"
      "  tranche retry --reason not_converged --with dt=0.1 && tranche run\n"
      "Without options every failed, timed out and crashed sample runs once more. A sealed stage reopens, "
      "and\n"
      "is sealed again with a new digest; its gate is then decided again. timeout and memory stand in\n"
      "campaign.yaml and may be raised first; --timeout and --with are for these samples only, and tranche "
      "show I "
      "tells\n"
      "which attempt had which values.");
  verb->callback([options, &context] { context.exit_code = run_retry(*options, context); });
}

int run_retry(const RetryOptions& options, Context& context) {
  const auto done = change_campaign(context, context.campaign(), "retry", to_json(options));
  if (context.options.json) {
    Json document{{"tranche_retry", 1}, {"text", done.text}, {"by_run", done.by_run}};
    document.update(done.data);
    print_json(context, document);
  } else {
    context.out << done.text << '\n' << next_step(options, done);
  }
  return 0;
}

}  // namespace tranche::cli
