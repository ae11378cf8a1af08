#include "records.hpp"

#include <algorithm>
#include <filesystem>

#include "tranche/base/errors.hpp"

namespace tranche::cli {
namespace {

constexpr const char* restore = "put the file back from a copy of the campaign";

bool any_stage_file(const directory::CampaignPaths& paths) {
  std::error_code error;
  const std::filesystem::directory_iterator files{paths.store(), error};
  return !error && std::any_of(begin(files), end(files),
                               [](const auto& entry) { return entry.path().extension() == ".h5"; });
}

}  // namespace

void require_whole(const directory::CampaignPaths& paths) {
  std::error_code error;
  const auto ledger_bytes = std::filesystem::file_size(paths.ledger(), error);
  const bool ledger = !error && ledger_bytes > 0;
  const bool files = any_stage_file(paths);
  const auto begun = [&] {
    return ledger::Ledger::open_to_read(paths.ledger().string()).fact("campaign_id").has_value();
  };
  if (!std::filesystem::exists(paths.lock(1)) && (files || (ledger && begun())))
    throw DamageError{paths.lock(1).string() + " is missing, yet the campaign has begun", restore};
  if (!ledger && files)
    throw DamageError{paths.ledger().string() + " is missing or empty, yet there are stage files", restore};
}

ledger::Ledger open_ledger(const inspect::CampaignView& view) {
  const auto path = view.paths.ledger().string();
  auto ledger = ledger::Ledger::open_to_read(path);
  const auto id = ledger.fact("campaign_id").value_or("none");
  if (id != view.lock->stamp.campaign_id)
    throw DamageError{path + " belongs to another campaign (id " + id + ") than " +
                          view.paths.lock(1).string() + " (id " + view.lock->stamp.campaign_id + ")",
                      "put the files back that belong together"};
  return ledger;
}

}  // namespace tranche::cli
