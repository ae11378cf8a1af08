#include "health.hpp"

#include <algorithm>
#include <array>

namespace tranche::cli {
namespace {

using directory::OwnerState;
using directory::StageStatus;
using directory::Status;

bool is_run(const directory::OwnerView& owner) {
  return owner.facts.purpose == "run";
}

/// A run that was killed before its first status: the words in the file are those of the run before it.
bool died_unheard(const Sighting& sighting) {
  if (sighting.owner.state == OwnerState::none || !is_run(sighting.owner)) return false;
  return !sighting.status || sighting.owner.facts.since > sighting.status->updated_at;
}

Health health_at_rest(const Sighting& sighting) {
  if (!sighting.status) return died_unheard(sighting) ? Health::dead : Health::untouched;
  if (claims_to_run(*sighting.status)) return Health::dead;
  const auto& phase = sighting.status->phase;
  if (phase == "finished") return Health::finished;
  if (phase == "paused") return Health::paused;
  // A run that was asked to stop after a stage leaves the gate behind it to a person as well.
  const bool waits = phase == "waiting" || (phase == "stopped" && waiting_stage(*sighting.status) != nullptr);
  if (waits) return Health::waiting;
  return died_unheard(sighting) ? Health::dead : Health::incomplete;
}

/// Nothing runs: but will it by itself? A job at a gate would end at once.
Health with_queue(const Sighting& sighting, Health at_rest) {
  if (at_rest != Health::untouched && at_rest != Health::incomplete && at_rest != Health::dead)
    return at_rest;
  if (started_job(sighting.batch, job_of(sighting))) return Health::running;
  return next_job(sighting.batch) ? Health::queued : at_rest;
}

/// A run on another host: its heartbeat, and Slurm's word for it. Nothing: it is gone.
std::optional<Health> seen_from_afar(const Sighting& sighting) {
  const auto age = heartbeat_age(sighting);
  const bool stale = age > stale_after_s;
  switch (word_of(sighting.batch, sighting.owner.facts.slurm_job_id)) {
    case JobWord::runs:
      return stale ? Health::mute : Health::running;
    case JobWord::waits:
    case JobWord::ended:
      if (age > doubted_after_s) return std::nullopt;
      return Health::running;
    case JobWord::unrecorded:  // long ended, or another cluster's: the heartbeat decides
    case JobWord::untold:
      if (stale) return std::nullopt;
      return Health::running;
  }
  return std::nullopt;
}

std::optional<Health> live_health(const Sighting& sighting) {
  if (!is_run(sighting.owner)) return std::nullopt;
  if (sighting.owner.state == OwnerState::silent) return seen_from_afar(sighting);
  if (sighting.owner.state != OwnerState::alive) return std::nullopt;
  const bool stale = heartbeat_age(sighting) > stale_after_s;
  return sighting.status && claims_to_run(*sighting.status) && stale ? Health::mute : Health::running;
}

}  // namespace

bool ended_without_a_word(const Sighting& sighting) {
  return died_unheard(sighting) || (sighting.status && claims_to_run(*sighting.status));
}

bool claims_to_run(const Status& status) {
  return status.phase == "starting" || status.phase == "running" || status.phase == "draining";
}

double heartbeat_age(const Sighting& sighting) {
  auto last = sighting.status ? sighting.status->updated_at : 0;
  if (sighting.owner.state != OwnerState::none) last = std::max(last, sighting.owner.facts.since);
  return last > 0 ? std::max(0.0, sighting.now - last) : 0;
}

bool slurm_is_needed(const Sighting& sighting) {
  if (sighting.status && sighting.status->phase == "finished") return false;
  const auto& owner = sighting.owner;
  if (!is_run(owner)) return true;
  if (owner.state == OwnerState::alive) return false;
  return owner.state != OwnerState::silent || heartbeat_age(sighting) > doubted_after_s;
}

// The last stage has nothing behind it, and a reopened one is not there yet.
const StageStatus* waiting_stage(const Status& status) {
  for (const auto& stage : status.stages)
    if (stage.state == "sealed" && &stage != &status.stages.back() &&
        (stage.gate == "waiting" || stage.gate == "stopped"))
      return &stage;
  return nullptr;
}

std::string job_of(const Sighting& sighting) {
  if (sighting.owner.state != OwnerState::none && is_run(sighting.owner))
    return sighting.owner.facts.slurm_job_id;
  return sighting.status ? sighting.status->slurm_job_id : std::string{};
}

bool run_lives(const Sighting& sighting) {
  return live_health(sighting).has_value();
}

Health health(const Sighting& sighting) {
  const auto live = live_health(sighting);
  return live ? *live : with_queue(sighting, health_at_rest(sighting));
}

std::string_view to_string(Health health) {
  static constexpr std::array<std::string_view, 9> names{
      "not started", "running", "waiting", "incomplete", "finished", "paused", "dead", "silent", "queued"};
  return names[static_cast<std::size_t>(health)];
}

int status_code(Health health) {
  static constexpr std::array<int, 9> codes{4, 10, 3, 4, 0, 3, 11, 11, 4};
  return codes[static_cast<std::size_t>(health)];
}

}  // namespace tranche::cli
