#include "change_campaign.hpp"

#include <chrono>
#include <filesystem>
#include <thread>

#include "ask.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/inspect/failure_table.hpp"
#include "tranche/inspect/published.hpp"
#include "tranche/inspect/store_sync.hpp"

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

Changed change_as_owner(const directory::CampaignPaths& paths, const std::string& verb,
                        const Json& arguments) {
  const auto view = inspect::open_campaign(paths);
  inspect::require_unchanged(view);
  auto owner = directory::Ownership::acquire(paths, verb);
  inspect::Change change;
  {
    const auto fence = fence_of(paths, owner);
    auto ledger = ledger::Ledger::open(paths.ledger().string(), owner.nonce());
    change = inspect::apply_change(ledger, view, {verb, arguments.dump(), directory::unix_now()});
    reopen_stages(ledger, view, change, fence);
    if (change.changed) republish(paths, ledger, view, change, fence);
  }
  owner.release();
  return {change.text, Json::parse(change.data_json), false};
}

}  // namespace

Changed change_campaign(const directory::CampaignPaths& paths, const std::string& verb,
                        const Json& arguments) {
  for (int tries = 0;; ++tries) {
    const auto owner = directory::look_at_owner(paths);
    if (owner_may_live(owner) && (owner.facts.purpose == "run" || tries == most_tries)) {
      const auto answer = ask_or_throw(paths, owner, verb, arguments.dump());
      return {answer.text, Json::parse(answer.data_json), true};
    }
    if (!owner_may_live(owner)) {
      if (!std::filesystem::exists(paths.ledger())) {
        Problem problem;
        problem.what = "no stage has been started yet";
        problem.fix = "tranche run starts the first one";
        throw ConfigError{std::move(problem)};
      }
      try {
        return change_as_owner(paths, verb, arguments);
      } catch (const Failure& failure) {  // somebody was faster
        if (failure.code() != ExitCode::owned || tries == most_tries) throw;
      }
    }
    std::this_thread::sleep_for(between_tries);  // another command owns it for a moment
  }
}

}  // namespace tranche::cli
