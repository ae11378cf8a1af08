#include "tranche/inspect/verify.hpp"

#include <algorithm>
#include <cmath>

#include "tranche/base/errors.hpp"
#include "verify_rows.hpp"

namespace tranche::inspect {
namespace {

void verify_ledger(const ledger::Ledger& ledger, Findings& findings) {
  for (const auto& fault : ledger.check()) findings.add("ledger", "the ledger contradicts itself", fault);
}

void verify_belonging(const CampaignView& view, const ledger::Ledger& ledger, Findings& findings) {
  const auto id = ledger.fact("campaign_id").value_or("none");
  if (id != view.lock->stamp.campaign_id)
    findings.add("belonging", "ledger and lock are of two campaigns",
                 "ledger.sqlite has campaign id " + id + ", lock/r1.yaml " + view.lock->stamp.campaign_id);
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

void verify_axes(const CampaignView& view, const ledger::StageRow& stage, const store::StageReader& reader,
                 Findings& findings) {
  constexpr double tolerance = 1e-12;  // points of a logarithmic axis may differ between maths libraries
  const auto equal = [](double a, double b) { return std::abs(a - b) <= tolerance * std::abs(b); };
  for (const auto& axis : view.spec.axes) {
    const auto points = reader.read_axis(axis.name);
    if (!std::equal(points.begin(), points.end(), axis.values.begin(), axis.values.end(), equal))
      findings.add("axis", "the points of an axis are not campaign.yaml's",
                   "axis " + axis.name + " in " + view.layout(stage.key).file_name());
  }
}

void add_broken_file(const Failure& error, Findings& findings) {
  findings.add("file", "a stage file is missing or damaged", error.what());
}

/// A missing or broken file is a difference, not the end of the search.
std::optional<store::StageReader> open_file(const CampaignView& view, const ledger::StageRow& stage,
                                            Findings& findings) {
  try {
    return store::StageReader::open(view.paths.root().string(), view.layout(stage.key));
  } catch (const DamageError& error) {
    add_broken_file(error, findings);
  } catch (const IoError& error) {
    add_broken_file(error, findings);
  }
  return std::nullopt;
}

/// A stage without runs may have begun when nobody had time to make the view: the next run does.
void verify_view_file(const CampaignView& view, const std::vector<ledger::StageRow>& stages,
                      Findings& findings) {
  std::vector<store::StageLayout> files;
  for (const auto& stage : stages)
    if (stage.state != ledger::StageState::planned) files.push_back(view.layout(stage.key));
  if (files.empty()) return;
  const auto root = view.paths.root().string();
  const auto fault = store::view_fault(root, files);
  if (fault.empty()) return;
  if (stages.back().tally.runs == 0 && stages.back().state != ledger::StageState::sealed) {
    files.pop_back();
    if (files.empty() || store::view_fault(root, files).empty()) return;
  }
  findings.add("view", "the view over all stages is missing or wrong: tranche run makes it anew", fault);
}

}  // namespace

VerifyReport verify(const CampaignView& view, const ledger::Ledger& ledger,
                    const std::function<void(const VerifyProgress&)>& progress) {
  VerifyReport report;
  Findings findings;
  verify_ledger(ledger, findings);
  verify_belonging(view, ledger, findings);
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
    try {
      verify_axes(view, stage, *reader, findings);
      verify_rows({view, ledger, stage, *reader}, verified, findings, [&](std::uint64_t rows) {
        at.rows += rows;
        progress(at);
      });
      verify_seal(stage, *reader, verified, findings);
    } catch (const IoError& error) {
      add_broken_file(error, findings);
    }
  }
  verify_view_file(view, stages, findings);
  report.differences = findings.take();
  return report;
}

}  // namespace tranche::inspect
