#include "tranche/inspect/verify.hpp"

#include "tranche/base/errors.hpp"
#include "verify_rows.hpp"

namespace tranche::inspect {
namespace {

void verify_ledger(const ledger::Ledger& ledger, Findings& findings) {
  for (const auto& fault : ledger.check()) findings.add("ledger", "the ledger contradicts itself", fault);
}

/// The ledger's stages against those of the lock: the same ranges under the same names.
bool in_plan(const CampaignView& view, const ledger::StageRow& stage, Findings& findings) {
  const auto& stages = view.plan.stages();
  if (stage.key.stage >= 1 && stage.key.stage <= stages.size()) {
    const auto& planned = view.plan.stage(stage.key.stage);
    if (planned.range == stage.range && planned.name == stage.name) return true;
  }
  findings.add("stages", "a stage of the ledger is not in the campaign's plan", stage.name);
  return false;
}

void verify_seal(const ledger::StageRow& stage, const store::StageReader& reader,
                 const VerifiedStage& verified, Findings& findings) {
  const auto seal = reader.seal();
  if (!verified.sealed) return;
  if (verified.digest != stage.digest)
    findings.add("digest", "the digest of a sealed stage does not follow from its rows",
                 stage.name + ": ledger has " + stage.digest + ", its rows give " + verified.digest);
  if (seal.digest != stage.digest || seal.generation != stage.generation)
    findings.add("seal", "the seal of a stage file is not the ledger's",
                 stage.name + ": file has generation " + std::to_string(seal.generation) + ", digest " +
                     (seal.digest.empty() ? "none" : seal.digest) + "; ledger has generation " +
                     std::to_string(stage.generation) + ", digest " + stage.digest);
}

/// A missing or broken file is a difference, not the end of the search.
std::optional<store::StageReader> open_file(const CampaignView& view, const ledger::StageRow& stage,
                                            Findings& findings) {
  try {
    return store::StageReader::open(view.paths.root().string(), view.layout(stage.key));
  } catch (const DamageError& error) {
    findings.add("file", "a stage file is missing or damaged", error.what());
    return std::nullopt;
  }
}

void verify_view_file(const CampaignView& view, const std::vector<VerifiedStage>& stages,
                      Findings& findings) {
  if (!stages.empty() && !std::filesystem::exists(view.paths.view()))
    findings.add("view", "the view over all stages is missing", "store.h5 does not exist");
}

}  // namespace

VerifyReport verify(const CampaignView& view, const ledger::Ledger& ledger,
                    const std::function<void(const VerifyProgress&)>& progress) {
  VerifyReport report;
  Findings findings;
  verify_ledger(ledger, findings);
  const auto stages = ledger.stages();
  VerifyProgress at;
  for (const auto& stage : stages) at.total += stage.range.size();
  for (const auto& stage : stages) {
    at.stage = stage.name;
    auto& verified = report.stages.emplace_back();
    verified.key = stage.key;
    verified.name = stage.name;
    verified.range = stage.range;
    verified.sealed = stage.state == ledger::StageState::sealed;
    if (stage.state == ledger::StageState::planned || !in_plan(view, stage, findings)) continue;
    const auto reader = open_file(view, stage, findings);
    if (!reader) continue;
    verify_rows({view, ledger, stage, *reader}, verified, findings, [&](std::uint64_t rows) {
      at.rows += rows;
      progress(at);
    });
    verify_seal(stage, *reader, verified, findings);
  }
  verify_view_file(view, report.stages, findings);
  report.differences = findings.take();
  return report;
}

}  // namespace tranche::inspect
