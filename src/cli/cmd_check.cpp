// tranche check: what would be computed, and every mistake at once. Offline, under a second.
#include <CLI/CLI.hpp>
#include <ostream>

#include "commands.hpp"
#include "design_view.hpp"
#include "json_output.hpp"
#include "tranche/models/settings.hpp"

namespace tranche::cli {

void register_check(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("check", "What would be computed, and every mistake in campaign.yaml");
  verb->footer(
      "Prints parameters, stage sizes (rounded so that every stage is a Latin hypercube by itself), the\n"
      "share that constraints exclude and the size of the store. Runs nothing.");
  verb->callback([&context] { context.exit_code = run_check(context); });
}

int run_check(Context& context) {
  const auto view = inspect::open_campaign(context.campaign());
  inspect::require_unchanged(view);
  if (auto problems = models::train_problems(view.spec, view.spec.train);
      view.spec.train.given && !problems.empty())
    throw ConfigError{std::move(problems)};
  const auto facts = survey(view);
  if (context.options.json) {
    print_json(context, design_json(view, facts));
    return 0;
  }
  context.out << design_text(view, facts, context.out_style) << '\n';
  context.out << (facts.simulator.empty()
                      ? "campaign.yaml is sound; its simulator has to be built or copied here\n"
                      : "campaign.yaml is sound. next: tranche try, then tranche run\n");
  return 0;
}

}  // namespace tranche::cli
