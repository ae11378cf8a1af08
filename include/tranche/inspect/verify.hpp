/// \file
/// Everything that was stored, recomputed: ledger against itself, store against ledger, both against the
/// design, the view against the stage files. Layer: application library (ledger, store).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tranche/inspect/campaign_view.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::inspect {

/// What two places say differently. Of each kind the first few are kept, all are counted.
struct Differences {
  std::string kind;        ///< `state`, `checksum`, `outputs`, ...
  std::string means;       ///< one sentence
  bool run_mends = false;  ///< the next `tranche run` repairs it, as long as nothing else is wrong
  std::uint64_t count = 0;
  std::vector<std::string> first;
};

struct VerifiedStage {
  StageKey key;
  std::string name;
  IndexRange range;
  bool sealed = false;
  std::uint64_t ok = 0;        ///< rows whose outputs were read again and match their checksum
  std::uint64_t finished = 0;  ///< rows with a final run, ok included
  std::uint64_t excluded = 0;
  std::uint64_t behind = 0;  ///< recorded, state in the file still pending: repaired at the next start
  bool view_behind = false;  ///< store.h5 was made before this stage or its last seal: repaired likewise
  std::string digest;        ///< recomputed
};

struct VerifyReport {
  std::vector<VerifiedStage> stages;
  std::vector<Differences> differences;
  bool sound() const { return differences.empty(); }
  /// Whether everything that differs is written anew by the next `tranche run`.
  bool run_mends_all() const;
};

struct VerifyProgress {
  std::string stage;
  std::uint64_t rows = 0;  ///< of all stages together
  std::uint64_t total = 0;
};

/// Files that HDF5 crashes over, relative to the campaign, and what is known of it: reported, never opened.
using Unreadable = std::map<std::string, std::string>;

/// Reads every row once (a few of them again through the view), in pages: memory does not grow with the
/// number of rows. Preconditions: there is a lock, campaign.yaml agrees with it, no owner lives. Damage is in
/// the report; only a world that broke throws (IoError, DbError).
VerifyReport verify(const CampaignView& view, const ledger::Ledger& ledger,
                    const std::function<void(const VerifyProgress&)>& progress,
                    const Unreadable& unreadable = {});

}  // namespace tranche::inspect
