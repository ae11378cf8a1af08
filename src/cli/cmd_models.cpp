// tranche models: the trainings of a campaign, best first.
#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "commands.hpp"
#include "guarded.hpp"
#include "model_json.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/models/assemble.hpp"
#include "tranche/models/settings.hpp"

namespace tranche::cli {
namespace {

models::Leaderboard board_of(const inspect::CampaignView& view, const std::string& name,
                             const std::string& sort) {
  auto board = models::read_leaderboard(directory::ModelPaths{view.paths, name}, sort);
  if (!board.trials.empty()) board.output = models::output_of(view.spec, board.trials.front());
  return board;
}

int choose_again(const ModelsOptions& options, const inspect::CampaignView& view) {
  const directory::ModelPaths paths{view.paths, options.name};
  const auto board = models::read_leaderboard(paths, options.select);
  const std::uint64_t members = board.choice ? board.choice->trials.size() : 1;
  models::choose(view, paths, board,
                 {options.select.empty() ? board.select : options.select, options.ensemble.value_or(members),
                  directory::unix_now()});
  return 0;
}

}  // namespace

void register_models(CLI::App& app, Context& context) {
  auto* verb =
      app.add_subcommand("models", "Trainings and what they came to, best first; choose another one");
  auto options = std::make_shared<ModelsOptions>();
  verb->add_option("name", options->name, "Only this model (default: all)")->type_name("NAME");
  verb->add_option("--sort", options->sort,
                   "Metric or expression to rank by, the smallest first (r2: the largest)")
      ->type_name("EXPR");
  verb->add_option("--select", options->select, "Choose again: the best by this metric or expression")
      ->type_name("EXPR");
  verb->add_option("--ensemble", options->ensemble, "Choose again: the mean of the best K")
      ->check(CLI::Range(1, 100))
      ->type_name("K");
  verb->footer(
      "  tranche models m1                            the leaderboard of m1\n"
      "  tranche models m1 --sort \"p99 + roughness\"\n"
      "  tranche models m1 --select p99               models/m1/surrogate.h5 becomes the one with the best "
      "p99\n"
      "Metrics: median mean p95 p99 max (max_error in expressions) r2 mse roughness cpu_s parameters "
      "latency_us\n"
      "samples epochs. Errors are absolute, in dex for outputs that are stored as log10.");
  verb->callback([options, &context] { context.exit_code = run_models(*options, context); });
}

int run_models(const ModelsOptions& options, Context& context) {
  const auto view = inspect::open_campaign(context.campaign());
  for (const auto& text : {options.sort, options.select})
    if (!text.empty()) models::Selection{text};
  if (!options.select.empty() || options.ensemble) {
    if (options.name.empty())
      throw Failure{ExitCode::usage, "choosing again needs the name of a model",
                    "for example: tranche models m1 --select p99"};
    const int code = run_guarded(context, [&] { return choose_again(options, view); });
    if (code != 0) return code;
  }
  const auto names = options.name.empty() ? directory::model_names(view.paths) : std::vector{options.name};
  Json document{{"tranche_models", 1}, {"models", Json::array()}};
  std::string text;
  for (const auto& name : names) {
    const auto board = board_of(view, name, options.sort);
    document["models"].push_back(to_json(board));
    text += (text.empty() ? "" : "\n") + models::leaderboard_text(board, context.out_style);
  }
  if (context.options.json)
    print_json(context, document);
  else if (names.empty())
    context.say("there is no model yet; next: tranche train");
  else
    context.out << text;
  return 0;
}

}  // namespace tranche::cli
