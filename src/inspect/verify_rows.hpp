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

/// What makes a difference go away, as long as nothing else is wrong.
enum class Mended : std::uint8_t { by_hand, by_run };

/// Collects differences by kind.
class Findings {
 public:
  void add(std::string_view kind, std::string_view means, const std::string& example,
           Mended mended = Mended::by_hand);
  std::vector<Differences> take() { return std::move(kinds_); }

 private:
  std::vector<Differences> kinds_;
};

/// Whether a stage of the ledger is one of the campaign's: the same range under the same name.
bool in_plan(const CampaignView& view, const ledger::StageRow& stage);

/// Whether two numbers are the same but for the last bits of a logarithm.
bool within_ulps(double a, double b);

/// Points that are not the campaign's, a sentence each.
std::vector<std::string> axis_differences(const campaign::Axis& axis, const std::vector<double>& stored);

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
