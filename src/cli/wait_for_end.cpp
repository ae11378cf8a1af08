#include "wait_for_end.hpp"

#include <chrono>
#include <thread>

#include "ask.hpp"
#include "tranche/directory/status.hpp"

namespace tranche::cli {

std::string wait_for_end(const directory::CampaignPaths& paths, const directory::OwnerView& owner) {
  while (true) {
    const auto now = directory::look_at_owner(paths);
    if (now.state == directory::OwnerState::dead) return "the run died; what it recorded is safe";
    if (!owner_may_live(now) || now.facts.nonce != owner.facts.nonce) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
  }
  const auto status = directory::read_status(paths);
  return "the run has ended" + (status && !status->text.empty() ? ": " + status->text : std::string{});
}

}  // namespace tranche::cli
