// tranche worker test: does the simulator keep its contract?
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>

#include "commands.hpp"
#include "conformance.hpp"
#include "fitness_text.hpp"
#include "json_output.hpp"
#include "tranche/campaign/kind_name.hpp"

namespace tranche::cli {

using inspect::Fitness;

void register_worker(CLI::App& app, Context& context) {
  auto* verb =
      app.add_subcommand("worker", "Does the simulator keep its contract? Worker, command or plug-in");
  auto options = std::make_shared<WorkerOptions>();
  verb->add_option("ACTION", options->action, "test: run it at a few points, and look at how it behaves")
      ->required()
      ->check(CLI::IsMember({"test"}));
  verb->footer(
      "  tranche worker test       the simulator of the campaign here\n"
      "Nothing is recorded. Exit code 7 if it breaks its contract.");
  verb->callback([options, &context] { context.exit_code = run_worker(*options, context); });
}

int run_worker(const WorkerOptions&, Context& context) {
  const auto view = inspect::open_campaign(context.campaign());
  const auto checks = examine_simulator(view);
  const bool fit = std::none_of(checks.begin(), checks.end(),
                                [](const auto& check) { return check.fitness == Fitness::fail; });
  if (context.options.json)
    print_json(context, {{"tranche_worker_test", 1},
                         {"simulator", campaign::label(view.spec.simulator)},
                         {"kind", campaign::kind_name(view.spec.simulator)},
                         {"fit", fit},
                         {"checks", Json::parse(inspect::to_json_text(checks))}});
  else
    context.out << fitness_text(checks, context.out_style);
  return static_cast<int>(fit ? ExitCode::done : ExitCode::environment);
}

}  // namespace tranche::cli
