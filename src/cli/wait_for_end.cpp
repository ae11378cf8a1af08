#include "wait_for_end.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include "ask.hpp"
#include "tranche/directory/status.hpp"

namespace tranche::cli {
namespace {

constexpr std::chrono::seconds patience{60};

}  // namespace

std::string wait_for_end(const directory::CampaignPaths& paths, const directory::OwnerView& owner) {
  auto counter = owner.facts.counter;
  auto moved_at = std::chrono::steady_clock::now();
  while (true) {
    const auto now = directory::look_at_owner(paths);
    if (now.state == directory::OwnerState::dead) return "the run died; what it recorded is safe";
    if (!owner_may_live(now) || now.facts.nonce != owner.facts.nonce) break;
    if (std::exchange(counter, now.facts.counter) != now.facts.counter)
      moved_at = std::chrono::steady_clock::now();
    // One on another host cannot be seen to die: its counter stands still.
    if (std::chrono::steady_clock::now() - moved_at > patience)
      return "the run on " + now.facts.host + " has given no sign of life for 60 s; tranche status";
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
  }
  const auto status = directory::read_status(paths);
  return "the run has ended" + (status && !status->text.empty() ? ": " + status->text : std::string{});
}

}  // namespace tranche::cli
