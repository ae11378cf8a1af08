/// \file
/// One stage's file, page by page, against the design and the ledger.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/base/checksum.hpp"
#include "tranche/inspect/verify.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::inspect {

/// Collects differences by kind.
class Findings {
 public:
  void add(std::string_view kind, std::string_view means, const std::string& example);
  std::vector<Differences> take() { return std::move(kinds_); }

 private:
  std::vector<Differences> kinds_;
};

/// What rows are compared with.
struct RowSources {
  const CampaignView& view;
  const ledger::Ledger& ledger;
  const ledger::StageRow& stage;
  const store::StageReader& reader;
};

/// Fills the counters and the digest of `verified`. `advance` hears of rows done.
void verify_rows(const RowSources& sources, VerifiedStage& verified, Findings& findings,
                 const std::function<void(std::uint64_t)>& advance);

}  // namespace tranche::inspect
