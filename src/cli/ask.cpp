#include "ask.hpp"

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/slurm/jobs.hpp"

namespace tranche::cli {
namespace {

constexpr double patience_s = 15;

std::string named(const directory::OwnerFacts& owner) {
  return "tranche " + owner.purpose + " on " + owner.host + ", pid " + std::to_string(owner.pid);
}

}  // namespace

bool owner_may_live(const directory::OwnerView& owner) {
  return owner.state == directory::OwnerState::alive || owner.state == directory::OwnerState::silent;
}

bool owner_may_live_by_slurm(const directory::OwnerView& owner) {
  if (owner.state != directory::OwnerState::silent) return owner_may_live(owner);
  return directory::ask_job_of(owner.facts, slurm::ask_job) != JobState::gone;
}

directory::Answer ask_or_throw(const directory::CampaignPaths& paths, const directory::OwnerView& owner,
                               const std::string& verb, const std::string& arguments_json) {
  const auto reply = directory::ask_owner(paths, verb, arguments_json, patience_s);
  if (!reply)
    throw Failure{
        ExitCode::owned,
        "no answer within " + format_duration(patience_s) + " from the owner: " + named(owner.facts),
        "tranche status shows whether it is alive"};
  if (!reply->ok) throw Failure{ExitCode::usage, reply->text};
  return *reply;
}

void require_no_owner(const directory::CampaignPaths& paths, const std::string& verb) {
  const auto owner = directory::look_at_owner(paths);
  if (!owner_may_live_by_slurm(owner)) return;
  throw Failure{ExitCode::owned, verb + " needs the campaign at rest, but it is owned: " + named(owner.facts),
                "tranche stop ends the run; tranche status shows it"};
}

}  // namespace tranche::cli
