// tranche approve: a person opens a gate; the live owner does it, or this command becomes owner.
#include <CLI/CLI.hpp>
#include <ostream>

#include "change_campaign.hpp"
#include "commands.hpp"
#include "json_output.hpp"
#include "status_view.hpp"

namespace tranche::cli {
void register_approve(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("approve", "Open the gate behind a finished stage");
  auto options = std::make_shared<ApproveOptions>();
  verb->add_option("STAGE", options->stage, "Name or number of the finished stage")->required();
  verb->footer("  tranche approve pilot && tranche run\n  tranche approve pilot && tranche submit");
  verb->callback([options, &context] { context.exit_code = run_approve(*options, context); });
}

int run_approve(const ApproveOptions& options, Context& context) {
  const auto paths = context.campaign();
  const auto done = change_campaign(context, paths, "approve", {{"stage", options.stage}});
  BatchWord batch;
  batch.submitted = directory::read_jobs(paths, 1);
  // A run that lives goes on by itself.
  const auto next = done.by_run ? std::string{} : way_on(batch);
  if (context.options.json)
    print_json(context,
               {{"tranche_approve", 1}, {"stage", options.stage}, {"text", done.text}, {"next", next}});
  else
    context.out << done.text << (next.empty() ? "" : "\nnext: " + next) << '\n';
  return 0;
}

}  // namespace tranche::cli
