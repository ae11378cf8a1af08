// tranche status: from the published files, the owner file and Slurm's word, never from the ledger.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <ostream>
#include <thread>

#include "commands.hpp"
#include "json_output.hpp"
#include "look.hpp"
#include "slow_nodes.hpp"
#include "status_view.hpp"

namespace tranche::cli {
namespace {

constexpr auto between_looks = std::chrono::seconds{2};
/// Slurm answers many people, and a job that waits does so for a while.
constexpr auto between_questions = std::chrono::seconds{15};

Sighting look(const directory::CampaignPaths& paths) {
  auto sighting = look_at_files(paths);
  sighting.failures = directory::read_failures(paths).rows;
  sighting.batch = read_jobs(paths);
  if (slurm_is_needed(sighting)) ask_slurm(sighting.batch, job_of(sighting));
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

/// Jobs that wait, and null if that is not known.
Json queued_json(const BatchWord& batch) {
  if (!batch.jobs) return nullptr;
  auto list = Json::array();
  for (const auto& job : waiting_jobs(batch))
    list.push_back({{"job_id", job.job_id},
                    {"state", job.state},
                    {"reason", job.reason},
                    {"start", job.start == "N/A" ? Json(nullptr) : Json(job.start)},
                    {"cannot_start", slurm::cannot_start(job)}});
  return list;
}

Json estimate_json(const Sighting& sighting) {
  const auto result = estimate_of(sighting);
  if (!result) return nullptr;
  return {{"beyond_s", result->beyond_s},
          {"more_links", result->more_links},
          {"links_submitted", links_after(sighting.batch, job_of(sighting))}};
}

Json slow_json(const Sighting& sighting) {
  auto list = Json::array();
  if (sighting.status && health(sighting) == Health::running)
    for (const auto& node : slow_nodes(sighting.status->agents))
      list.push_back({{"host", node.host}, {"share", node.share}});
  return list;
}

/// The published document with what this host and Slurm can add to it.
Json to_json(const Sighting& sighting) {
  Json document{{"tranche_status", directory::status_format}};
  if (sighting.status) document = Json::parse(directory::to_json_text(*sighting.status));
  document["health"] = to_string(health(sighting));
  document["status_code"] = status_code(health(sighting));
  document["heartbeat_age_s"] =
      sighting.status ? Json(sighting.now - sighting.status->updated_at) : Json(nullptr);
  document["owner"] = owner_json(sighting.owner);
  document["slurm"] = {{"asked", sighting.batch.asked},
                       {"answered", sighting.batch.jobs.has_value()},
                       {"job", to_string(word_of(sighting.batch, job_of(sighting)))}};
  document["queued"] = queued_json(sighting.batch);
  document["estimate"] = estimate_json(sighting);
  document["slow_nodes"] = slow_json(sighting);
  document["next_step"] = next_step(sighting);
  return document;
}

void show(const Sighting& sighting, const Context& context) {
  if (context.options.json)
    print_json(context, to_json(sighting));
  else
    context.out << status_text(sighting, context.out_style);
  context.out.flush();
}

/// Again every two seconds until nothing runs any more, nor will by itself.
Sighting watch(const directory::CampaignPaths& paths, Sighting sighting, const Context& context) {
  for (auto state = health(sighting); state == Health::running || state == Health::queued;
       state = health(sighting)) {
    if (sighting.batch.asked)
      std::this_thread::sleep_for(between_questions);
    else
      std::this_thread::sleep_for(between_looks);
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
  verb->add_flag("--watch", options->watch, "Again every few seconds until nothing runs or is queued");
  verb->add_flag("--exit-code", options->exit_code,
                 "End with 0 finished, 3 waiting, 4 incomplete or queued, 10 running, 11 dead");
  verb->footer(
      "Reads published files only: cheap, safe from any node, and while a run is going on. Slurm is asked,\n"
      "for 2 s at most, when no run has been heard of for 10 s.\n"
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
