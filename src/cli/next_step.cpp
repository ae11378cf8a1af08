#include <string_view>

#include "status_view.hpp"

namespace tranche::cli {
namespace {

constexpr std::string_view by_hand = "tranche run";

/// What the last run said to type; a submitted campaign is submitted again.
std::string told_to_type(const Sighting& sighting) {
  const auto way = way_on(sighting.batch);
  const auto& next = sighting.status->next;
  if (next.empty() || next == by_hand || next == "tranche submit, or tranche run") return way + " goes on";
  if (way == by_hand || !next.ends_with(by_hand)) return next;
  return next.substr(0, next.size() - by_hand.size()) + way;
}

std::string after_the_gate(const Sighting& sighting) {
  const auto* stage = waiting_stage(*sighting.status);
  if (stage == nullptr) return told_to_type(sighting);
  return "look at " + stage->name + ", then tranche approve " + stage->name + " and " +
         way_on(sighting.batch);
}

std::string what_ends_it(const Sighting& sighting) {
  const auto job = job_of(sighting);
  const auto& owner = sighting.owner.facts;
  return "tranche stop; if it does not answer, " +
         (job.empty() ? "end process " + std::to_string(owner.pid) + " on " + owner.host : "scancel " + job);
}

}  // namespace

std::string way_on(const BatchWord& batch) {
  return batch.submitted.empty() ? "tranche run" : "tranche submit";
}

std::string next_step(const Sighting& sighting) {
  switch (health(sighting)) {
    case Health::untouched:
      return "tranche check, then " + way_on(sighting.batch);
    case Health::running:
      return "tranche status --watch follows it, tranche stop ends it";
    case Health::waiting:
      return after_the_gate(sighting);
    case Health::incomplete:
    case Health::paused:
      return told_to_type(sighting);
    case Health::dead:
      return way_on(sighting.batch) + " goes on";
    case Health::finished:
      return "tranche verify, tranche export";
    case Health::mute:
      return what_ends_it(sighting);
    case Health::queued: {
      const auto job = next_job(sighting.batch);
      return "job " + job->job_id + " goes on by itself; tranche status --watch waits for it, scancel " +
             job->job_id + " takes it back";
    }
  }
  return {};
}

}  // namespace tranche::cli
