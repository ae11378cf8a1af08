// tranche approve: a person opens a gate; the live owner does it, or this command becomes owner.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <ostream>

#include "ask.hpp"
#include "commands.hpp"
#include "json_output.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/inspect/approve.hpp"
#include "tranche/inspect/campaign_view.hpp"

namespace tranche::cli {
namespace {

/// status.json with the gate open, so that `status` says what to type next.
void republish(const directory::CampaignPaths& paths, const inspect::Approval& approval) {
  auto status = directory::read_status(paths);
  if (!status) return;
  for (auto& stage : status->stages)
    if (stage.key == approval.stage) stage.gate = "open";
  if (status->phase == "waiting") status->phase = "stopped";
  status->text = approval.text;
  status->updated_at = directory::unix_now();
  directory::publish_status(paths, *status);
}

std::string approve_as_owner(const directory::CampaignPaths& paths, const std::string& stage) {
  if (!std::filesystem::exists(paths.ledger())) {
    Problem problem;
    problem.what = "no stage has been started yet";
    problem.fix = "tranche run starts the first one";
    throw ConfigError{std::move(problem)};
  }
  const auto view = inspect::open_campaign(paths);
  auto owner = directory::Ownership::acquire(paths, "approve");
  inspect::Approval approval;
  {
    auto ledger = ledger::Ledger::open(paths.ledger().string(), owner.nonce());
    approval = inspect::approve_gate(ledger, view.plan, stage, directory::unix_now());
  }
  republish(paths, approval);
  owner.release();
  return approval.text;
}

}  // namespace

void register_approve(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("approve", "Open the gate behind a finished stage");
  auto options = std::make_shared<ApproveOptions>();
  verb->add_option("STAGE", options->stage, "Name or number of the finished stage")->required();
  verb->footer("  tranche approve pilot && tranche run");
  verb->callback([options, &context] { context.exit_code = run_approve(*options, context); });
}

int run_approve(const ApproveOptions& options, Context& context) {
  const auto paths = context.campaign();
  const auto owner = directory::look_at_owner(paths);
  const auto text = owner_may_live(owner)
                        ? ask_or_throw(paths, owner, "approve", Json{{"stage", options.stage}}.dump()).text
                        : approve_as_owner(paths, options.stage);
  if (context.options.json)
    print_json(context, {{"tranche_approve", 1}, {"stage", options.stage}, {"text", text}});
  else
    context.out << text << '\n';
  return 0;
}

}  // namespace tranche::cli
