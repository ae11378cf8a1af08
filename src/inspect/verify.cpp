#include "tranche/inspect/verify.hpp"

#include <algorithm>

#include "tranche/base/errors.hpp"
#include "tranche/base/version.hpp"
#include "tranche/inspect/output_view.hpp"
#include "verify_rows.hpp"
#include "verify_view.hpp"

namespace tranche::inspect {
namespace {

constexpr const char* missing_or_damaged = "a stage file is missing or damaged";

void verify_ledger(const ledger::Ledger& ledger, Findings& findings) {
  for (const auto& fault : ledger.check()) findings.add("ledger", "the ledger contradicts itself", fault);
}

std::string seal_text(std::uint32_t generation, const std::string& digest) {
  return "generation " + std::to_string(generation) + ", digest " + (digest.empty() ? "none" : digest);
}

std::string file_of(const ledger::StageRow& stage) {
  store::StageLayout layout;
  layout.key = stage.key;
  return layout.file_name();
}

/// A run seals the file before it says so in the ledger: an open stage may be one generation ahead. One that
/// a retry has opened again loses the seal of before at the next start, which says nothing about it now.
bool fits_open_stage(const ledger::StageRow& stage, const store::StageReader& reader,
                     const VerifiedStage& verified, const store::StageReader::Seal& seal) {
  if (seal.generation == 0) return seal.digest.empty();
  if (seal.generation == stage.generation) return true;
  return seal.generation == stage.generation + 1 && seal.digest == verified.digest &&
         seal.columns == reader.columns_digest();
}

void verify_open_seal(const ledger::StageRow& stage, const store::StageReader& reader,
                      const VerifiedStage& verified, Findings& findings) {
  const auto seal = reader.seal();
  if (fits_open_stage(stage, reader, verified, seal)) return;
  findings.add("seal", "the seal of a stage file is not the ledger's",
               file_of(stage) + " (" + stage.name + "): file has " + seal_text(seal.generation, seal.digest) +
                   "; the ledger has it open after generation " + std::to_string(stage.generation));
}

void verify_seal(const ledger::StageRow& stage, const store::StageReader& reader,
                 const VerifiedStage& verified, Findings& findings) {
  if (!verified.sealed) return verify_open_seal(stage, reader, verified, findings);
  const auto seal = reader.seal();
  if (verified.digest != stage.digest)
    findings.add("digest", "the digest of a sealed stage does not follow from its rows",
                 stage.name + ": ledger has " + stage.digest + ", its rows give " + verified.digest);
  if (seal.digest != stage.digest || seal.generation != stage.generation)
    findings.add("seal", "the seal of a stage file is not the ledger's",
                 file_of(stage) + " (" + stage.name + "): file has " +
                     seal_text(seal.generation, seal.digest) + "; ledger has " +
                     seal_text(stage.generation, stage.digest));
}

/// A missing or broken file is a difference, not the end of the search.
std::optional<store::StageReader> open_file(const CampaignView& view, const ledger::StageRow& stage,
                                            const Unreadable& unreadable, Findings& findings) {
  const auto name = view.layout(stage.key).file_name();
  if (const auto known = unreadable.find("store/" + name); known != unreadable.end()) {
    findings.add("file", missing_or_damaged, known->first + ": " + known->second);
    return std::nullopt;
  }
  try {
    return store::StageReader::open(view.paths.root().string(), view.layout(stage.key));
  } catch (const DamageError& error) {
    findings.add("file", missing_or_damaged, error.what());
  } catch (const IoError& error) {
    findings.add("file", missing_or_damaged, error.what());
  }
  return std::nullopt;
}

/// Ledger and lock of one campaign?
void verify_belonging(const CampaignView& view, const ledger::Ledger& ledger, Findings& findings) {
  const auto id = ledger.fact("campaign_id").value_or("none");
  if (id != view.lock->stamp.campaign_id)
    findings.add("belonging", "ledger and lock are of two campaigns",
                 "ledger.sqlite has campaign id " + id + ", lock/r1.yaml " + view.lock->stamp.campaign_id);
}

void verify_axes(const CampaignView& view, const ledger::StageRow& stage, const store::StageReader& reader,
                 Findings& findings) {
  for (std::size_t k = 0; k < view.spec.axes.size(); ++k)
    for (const auto& difference : axis_differences(view.spec.axes[k], reader.read_axis(k)))
      findings.add("axes", "a point of an axis is not the campaign's",
                   view.layout(stage.key).file_name() + ", " + difference);
}

/// Whatever the digest of the stage leaves out, down to the last bit.
void verify_columns(const CampaignView& view, const ledger::StageRow& stage, const store::StageReader& reader,
                    Findings& findings) {
  if (reader.columns_digest() != reader.seal().columns)
    findings.add("columns", "a sealed file's columns are not what they were when it was sealed",
                 view.layout(stage.key).file_name() +
                     ": index, revision, stage, parameters, derived or meta, or the seal");
}

/// What a stage file has beside its rows.
void verify_frame(const CampaignView& view, const ledger::StageRow& stage, const store::StageReader& reader,
                  const VerifiedStage& verified, const std::set<std::string>& versions, Findings& findings) {
  try {
    for (const auto& difference : reader.frame_differences(versions))
      findings.add("attributes", "a stage file is described otherwise than its campaign",
                   view.layout(stage.key).file_name() + ": " + difference);
    verify_axes(view, stage, reader, findings);
    verify_seal(stage, reader, verified, findings);
    if (verified.sealed) verify_columns(view, stage, reader, findings);
  } catch (const DamageError& error) {
    findings.add("file", missing_or_damaged, error.what());
  } catch (const IoError& error) {
    findings.add("file", missing_or_damaged, error.what());
  }
}

/// Of the programs that have written here.
std::set<std::string> known_versions(const CampaignView& view, const ledger::Ledger& ledger) {
  std::set<std::string> versions{std::string{version()}};
  for (const auto& [program, number] : view.lock->stamp.versions)
    if (program == "tranche") versions.insert(number);
  for (const auto& job : ledger.jobs()) versions.insert(job.start.version);
  return versions;
}

}  // namespace

bool VerifyReport::run_mends_all() const {
  return std::all_of(differences.begin(), differences.end(), [](const auto& kind) { return kind.run_mends; });
}

VerifyReport verify(const CampaignView& view, const ledger::Ledger& ledger,
                    const std::function<void(const VerifyProgress&)>& progress,
                    const Unreadable& unreadable) {
  VerifyReport report;
  Findings findings;
  verify_ledger(ledger, findings);
  verify_belonging(view, ledger, findings);
  const auto stages = ledger.stages();
  const auto versions = known_versions(view, ledger);
  VerifyProgress at;
  for (const auto& stage : stages) at.total += stage.range.size();
  for (const auto& stage : stages) {
    at.stage = stage.name;
    auto& verified = report.stages.emplace_back();
    verified.key = stage.key;
    verified.name = stage.name;
    verified.range = stage.range;
    verified.sealed = stage.state == ledger::StageState::sealed;
    if (stage.state == ledger::StageState::planned) continue;
    if (!in_plan(view, stage)) {
      findings.add("stages", "a stage of the ledger is not in the campaign's plan", stage.name);
      continue;
    }
    const auto reader = open_file(view, stage, unreadable, findings);
    if (!reader) continue;
    try {
      verify_rows({view, ledger, stage, *reader}, verified, findings, [&](std::uint64_t rows) {
        at.rows += rows;
        progress(at);
      });
    } catch (const IoError& error) {
      findings.add("file", missing_or_damaged, error.what());
      continue;
    }
    verify_frame(view, stage, *reader, verified, versions, findings);
  }
  verify_view({view, versions, unreadable}, stages, report.stages, findings);
  report.differences = findings.take();
  return report;
}

}  // namespace tranche::inspect
