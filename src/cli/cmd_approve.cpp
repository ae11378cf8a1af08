// tranche approve: a person opens a gate; the live owner does it, or this command becomes owner.
#include <CLI/CLI.hpp>
#include <ostream>

#include "change_campaign.hpp"
#include "commands.hpp"
#include "json_output.hpp"

namespace tranche::cli {
void register_approve(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("approve", "Open the gate behind a finished stage");
  auto options = std::make_shared<ApproveOptions>();
  verb->add_option("STAGE", options->stage, "Name or number of the finished stage")->required();
  verb->footer("  tranche approve pilot && tranche run");
  verb->callback([options, &context] { context.exit_code = run_approve(*options, context); });
}

int run_approve(const ApproveOptions& options, Context& context) {
  const auto paths = context.campaign();
  const auto text = change_campaign(paths, "approve", {{"stage", options.stage}}).text;
  if (context.options.json)
    print_json(context, {{"tranche_approve", 1}, {"stage", options.stage}, {"text", text}});
  else
    context.out << text << '\n';
  return 0;
}

}  // namespace tranche::cli
