#include "ask.hpp"

#include <utility>
#include <variant>

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

std::optional<directory::Answer> ask(const directory::CampaignPaths& paths, const directory::OwnerView& owner,
                                     const std::string& verb, const std::string& arguments_json) {
  auto reply = directory::ask_owner(paths, verb, arguments_json, patience_s);
  if (auto* answer = std::get_if<directory::Answer>(&reply)) {
    if (!answer->ok) throw Failure{ExitCode::usage, answer->text};
    return std::move(*answer);
  }
  switch (std::get<directory::Unanswered>(reply)) {
    case directory::Unanswered::gone:
      return std::nullopt;
    case directory::Unanswered::taken:
      throw Failure{ExitCode::owned,
                    "the owner has taken the request and is still at work on it: " + named(owner.facts),
                    "tranche status shows what it does; nothing has to be asked again"};
    case directory::Unanswered::silent:
      break;
  }
  throw Failure{ExitCode::owned,
                "no answer within " + format_duration(patience_s) + " from the owner: " + named(owner.facts) +
                    "; it makes or seals a stage file, or writes a long epoch, or is dead",
                "tranche status shows whether it is alive; then the same command again"};
}

void require_no_owner(const directory::CampaignPaths& paths, const std::string& verb) {
  const auto owner = directory::look_at_owner(paths);
  if (!owner_may_live_by_slurm(owner)) return;
  throw Failure{ExitCode::owned, verb + " needs the campaign at rest, but it is owned: " + named(owner.facts),
                "tranche stop ends the run; tranche status shows it"};
}

}  // namespace tranche::cli
