// tranche status: from the published files and the owner file alone, never from the ledger.
#include <CLI/CLI.hpp>
#include <chrono>
#include <ostream>
#include <thread>

#include "commands.hpp"
#include "json_output.hpp"
#include "status_view.hpp"

namespace tranche::cli {
namespace {

Sighting look(const directory::CampaignPaths& paths) {
  Sighting sighting;
  sighting.directory = paths.root().filename().string();
  sighting.owner = directory::look_at_owner(paths);
  sighting.status = directory::read_status(paths);
  sighting.failures = directory::read_failures(paths);
  sighting.now = directory::unix_now();
  return sighting;
}

Json owner_json(const directory::OwnerView& owner) {
  if (owner.state == directory::OwnerState::none) return nullptr;
  static constexpr const char* states[] = {"none", "alive", "dead", "silent"};
  return {{"state", states[static_cast<int>(owner.state)]},
          {"host", owner.facts.host},
          {"pid", owner.facts.pid},
          {"purpose", owner.facts.purpose},
          {"slurm_job_id", owner.facts.slurm_job_id},
          {"since", owner.facts.since}};
}

/// The published document with what this host can add to it.
Json to_json(const Sighting& sighting) {
  Json document{{"tranche_status", directory::status_format}};
  if (sighting.status) document = Json::parse(directory::to_json_text(*sighting.status));
  document["health"] = to_string(health(sighting));
  document["status_code"] = status_code(health(sighting));
  document["heartbeat_age_s"] =
      sighting.status ? Json(sighting.now - sighting.status->updated_at) : Json(nullptr);
  document["owner"] = owner_json(sighting.owner);
  return document;
}

void show(const Sighting& sighting, const Context& context) {
  if (context.options.json)
    print_json(context, to_json(sighting));
  else
    context.out << status_text(sighting, context.out_style);
  context.out.flush();
}

/// Again every two seconds until nothing runs any more.
Sighting watch(const directory::CampaignPaths& paths, Sighting sighting, const Context& context) {
  while (health(sighting) == Health::running) {
    std::this_thread::sleep_for(std::chrono::seconds{2});
    sighting = look(paths);
    if (context.out_is_terminal && !context.options.json) context.out << "\x1b[H\x1b[J";
    show(sighting, context);
  }
  return sighting;
}

}  // namespace

void register_status(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("status", "Alive? Where? When done? What is wrong? What to type next?");
  auto options = std::make_shared<StatusOptions>();
  verb->add_flag("--watch", options->watch, "Again every two seconds until nothing runs");
  verb->add_flag("--exit-code", options->exit_code,
                 "End with 0 finished, 3 waiting, 4 incomplete, 10 running, 11 dead");
  verb->footer(
      "Reads published files only: cheap, safe from any node, and while a run is going on.\n"
      "  tranche status --watch\n"
      "  until tranche status --exit-code -q; [ $? -ne 10 ]; do sleep 60; done");
  verb->callback([options, &context] { context.exit_code = run_status(*options, context); });
}

int run_status(const StatusOptions& options, Context& context) {
  const auto paths = context.campaign();
  auto sighting = look(paths);
  if (options.watch && context.out_is_terminal && !context.options.json) context.out << "\x1b[H\x1b[J";
  if (!context.options.quiet || context.options.json) show(sighting, context);
  if (options.watch) sighting = watch(paths, std::move(sighting), context);
  return options.exit_code ? status_code(health(sighting)) : 0;
}

}  // namespace tranche::cli
