#include "change_campaign.hpp"

#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "ask.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/inspect/failure_table.hpp"
#include "tranche/inspect/published.hpp"
#include "tranche/inspect/store_sync.hpp"
#include "tranche/slurm/jobs.hpp"

namespace tranche::cli {
namespace {

constexpr int most_tries = 100;
constexpr auto between_tries = std::chrono::milliseconds{100};

/// Before every write: this command may have stood still for a minute, and the campaign gone on without it.
store::Fence fence_of(const directory::CampaignPaths& paths, const directory::Ownership& owner) {
  return [&paths, &owner] { directory::require_owner(paths, owner.nonce()); };
}

/// status.json and failures.json as the ledger is now, so that `status` says what to type next.
void republish(const directory::CampaignPaths& paths, const ledger::Ledger& ledger,
               const inspect::CampaignView& view, const inspect::Change& change, const store::Fence& fence) {
  const auto failures = inspect::FailureTable{ledger}.summary();
  fence();
  directory::publish_failures(paths, failures);
  auto status = directory::read_status(paths);
  if (!status) return;
  status->stages = inspect::stage_statuses(ledger.stages(), view.plan);
  status->updated_at = directory::unix_now();
  if (status->phase != "paused" || change.phase == "paused") {
    status->phase = change.phase;
    status->next = change.next;
    status->text = change.text;
  }
  fence();
  directory::publish_status(paths, *status);
}

/// The store follows the ledger.
void reopen_stages(const ledger::Ledger& ledger, const inspect::CampaignView& view,
                   const inspect::Change& change, const store::Fence& fence) {
  for (const auto& again : change.requeued)
    inspect::reopen_file(ledger, view, view.plan.stage(again.stage.stage), fence);
  if (!change.requeued.empty()) inspect::refresh_view(ledger, view, fence);
}

/// Of a job that Slurm does not remember the owner is watched for a while: nobody shall think that nothing
/// happens.
directory::Challenge challenge_of(const Context& context) {
  directory::Challenge challenge;
  challenge.ask_job = [&context, patience_s = challenge.patience_s,
                       said = false](const std::string& job) mutable {
    const auto state = slurm::ask_job(job);
    if (state == JobState::unknown && !std::exchange(said, true))
      context.say("Slurm has no record of job " + job + ", which owned this campaign: watching it for " +
                  format_duration(patience_s));
    return state;
  };
  return challenge;
}

Changed change_as_owner(const Context& context, const directory::CampaignPaths& paths,
                        const std::string& verb, const Json& arguments) {
  const auto view = inspect::open_campaign(paths);
  inspect::require_unchanged(view);
  auto owner = directory::Ownership::acquire(paths, verb, challenge_of(context));
  inspect::Change change;
  {
    const auto fence = fence_of(paths, owner);
    if (owner.replaced_unseen()) {
      ledger::renew_file(paths.ledger().string());
      directory::follow_group(paths.ledger());
    }
    auto ledger = ledger::Ledger::open(paths.ledger().string(), owner.nonce());
    change = inspect::apply_change(ledger, view, {verb, arguments.dump(), directory::unix_now()});
    // First what a chain of jobs asks: a death in between must not leave it saying that all is done.
    if (change.changed) republish(paths, ledger, view, change, fence);
    reopen_stages(ledger, view, change, fence);
  }
  owner.release();
  return {change.text, Json::parse(change.data_json), false};
}

/// Then it is worth while to challenge it: it would not answer.
bool job_may_be_gone(const directory::OwnerView& owner) {
  if (owner.state != directory::OwnerState::silent) return false;
  const auto job = directory::ask_job_of(owner.facts, slurm::ask_job);
  return job == JobState::gone || job == JobState::unknown;
}

}  // namespace

Changed change_campaign(const Context& context, const directory::CampaignPaths& paths,
                        const std::string& verb, const Json& arguments) {
  bool lives = false;  ///< whatever Slurm says of its job
  for (int tries = 0;; ++tries) {
    const auto owner = directory::look_at_owner(paths);
    const bool may_live = owner_may_live(owner) && (lives || !job_may_be_gone(owner));
    if (may_live && (owner.facts.purpose == "run" || tries == most_tries)) {
      if (const auto answer = ask(paths, owner, verb, arguments.dump()))
        return {answer->text, Json::parse(answer->data_json), true};
      continue;  // it has ended without having answered
    }
    if (!may_live) {
      if (!std::filesystem::exists(paths.ledger())) {
        Problem problem;
        problem.what = "no stage has been started yet";
        problem.fix = verb == "pause" ? "there is nothing to hold; scancel takes back jobs that wait"
                                      : "tranche run starts the first one";
        throw ConfigError{std::move(problem)};
      }
      try {
        return change_as_owner(context, paths, verb, arguments);
      } catch (const Failure& failure) {  // somebody was faster, or it lives
        if (failure.code() != ExitCode::owned || tries == most_tries) throw;
        lives = true;
      }
    }
    std::this_thread::sleep_for(between_tries);  // another command owns it for a moment
  }
}

}  // namespace tranche::cli
