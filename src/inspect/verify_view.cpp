#include "verify_view.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "tranche/base/errors.hpp"
#include "tranche/store/view_reader.hpp"

namespace tranche::inspect {
namespace {

constexpr std::uint64_t sampled_rows = 5;  ///< of each stage, through the view

std::string file_of(const ledger::StageRow& stage) {
  store::StageLayout layout;
  layout.key = stage.key;
  return "store/" + layout.file_name();
}

std::string seal_text(std::uint64_t generation, const std::string& digest) {
  return "generation " + std::to_string(generation) + ", digest " + (digest.empty() ? "none" : digest);
}

/// First, last, and some between.
std::set<std::uint64_t> some_rows(std::uint64_t rows) {
  std::set<std::uint64_t> some;
  for (std::uint64_t k = 0; rows > 0 && k < sampled_rows; ++k)
    some.insert((rows - 1) / (sampled_rows - 1) * k +
                (rows - 1) % (sampled_rows - 1) * k / (sampled_rows - 1));
  return some;
}

/// What store.h5 says, taken in before any stage file is opened (ViewReader::read_row).
struct ShownView {
  using Rows = std::map<std::uint64_t, std::vector<store::ColumnBytes>>;  ///< by row of the stage
  std::vector<store::ViewEntry> entries;
  std::vector<Rows> rows;  ///< some of each entry
  std::vector<std::string> differences;
};

/// The layouts behind the view's list, as far as it names files of the campaign, each once.
std::vector<store::StageLayout> layouts_of(const CampaignView& view,
                                           const std::vector<store::ViewEntry>& entries) {
  std::vector<store::StageLayout> layouts;
  std::set<std::string> seen;
  for (const auto& entry : entries)
    for (const auto& stage : view.plan.stages())
      if (auto layout = view.layout(stage.key);
          entry.file == "store/" + layout.file_name() && seen.insert(entry.file).second)
        layouts.push_back(std::move(layout));
  return layouts;
}

std::vector<std::string> frame_differences(const ViewSources& sources, const store::ViewReader& reader) {
  const auto layouts = layouts_of(sources.campaign, reader.entries());
  if (layouts.empty() || layouts.size() != reader.entries().size()) return {};  // told by ViewChecker
  auto differences = reader.frame_differences(layouts, sources.versions);
  const auto& axes = sources.campaign.spec.axes;
  for (std::size_t k = 0; k < axes.size(); ++k)
    for (auto& difference : axis_differences(axes[k], reader.read_axis(k)))
      differences.push_back(std::move(difference));
  return differences;
}

ShownView read_shown(const ViewSources& sources, const store::StageLayout& any) {
  const auto reader = store::ViewReader::open(sources.campaign.paths.root().string(), any);
  ShownView shown{reader.entries(), {}, frame_differences(sources, reader)};
  std::uint64_t first_row = 0;
  for (const auto& entry : shown.entries) {
    auto& rows = shown.rows.emplace_back();
    if (sources.unreadable.contains(entry.file)) continue;
    for (const auto k : some_rows(entry.rows)) rows[k] = reader.read_row(first_row + k);
    first_row += entry.rows;
  }
  return shown;
}

/// Whether a row of the view is one that HDF5 had to make up (docs/formats/store.md, The view).
bool is_nowhere(const std::vector<store::ColumnBytes>& row) {
  return row.front().path == "index" && std::all_of(row.front().bytes.begin(), row.front().bytes.end(),
                                                    [](std::byte byte) { return byte == std::byte{0xff}; });
}

class ViewChecker {
 public:
  ViewChecker(const ViewSources& sources, const ShownView& view, Findings& findings)
      : campaign_{sources.campaign}, unreadable_{sources.unreadable}, view_{view}, findings_{findings} {}

  void check_whole(const std::vector<ledger::StageRow>& stages) {
    for (const auto& difference : view_.differences) find("store.h5: " + difference);
    std::set<std::string> known;
    for (const auto& stage : stages) known.insert(file_of(stage));
    std::set<std::string> seen;
    for (const auto& entry : view_.entries) {
      if (!known.contains(entry.file)) find(entry.file + " is in the view and is no file of the campaign");
      if (!seen.insert(entry.file).second) find(entry.file + " is in the view twice");
    }
    const auto key = [](const auto& entry) { return std::pair{entry.revision, entry.stage}; };
    if (!std::is_sorted(view_.entries.begin(), view_.entries.end(),
                        [&](const auto& a, const auto& b) { return key(a) < key(b); }))
      find("the view's files are not in the order of the stages");
  }

  void check_stage(const ledger::StageRow& stage, VerifiedStage& verified) {
    for (std::size_t i = 0; i < view_.entries.size(); ++i)
      if (view_.entries[i].file == file_of(stage))
        return check_entry(stage, view_.entries[i], view_.rows[i], verified);
    if (just_begun(stage, verified))
      verified.view_behind = true;
    else
      find(stage.name + ": " + file_of(stage) + " is not in the view");
  }

  /// A run that is killed between recording a new stage and showing it leaves this; nothing has run then.
  static bool just_begun(const ledger::StageRow& stage, const VerifiedStage& verified) {
    return !verified.sealed && stage.generation == 0 && verified.finished == 0;
  }

 private:
  void find(const std::string& example) {
    findings_.add("view", "store.h5 does not show what the campaign has", example, Mended::by_run);
  }

  bool same(const ledger::StageRow& stage, const char* what, std::uint64_t shown, std::uint64_t expected) {
    if (shown != expected)
      find(stage.name + ": the view has " + what + " " + std::to_string(shown) + ", the ledger " +
           std::to_string(expected));
    return shown == expected;
  }

  void check_entry(const ledger::StageRow& stage, const store::ViewEntry& entry, const ShownView::Rows& rows,
                   VerifiedStage& verified) {
    same(stage, "revision", entry.revision, stage.key.revision);
    same(stage, "stage", entry.stage, stage.key.stage);
    same(stage, "first index", entry.first_index, stage.range.begin);
    const bool same_rows = same(stage, "number of rows", entry.rows, stage.range.size());
    check_size(stage, entry);
    if (unreadable_.contains(entry.file)) return;
    try {
      const auto reader =
          store::StageReader::open(campaign_.paths.root().string(), campaign_.layout(stage.key));
      check_seal(stage, entry, reader, verified);
      if (same_rows) check_rows(stage, rows, reader);
    } catch (const DamageError&) {
      // The stage file: found and reported before the view was looked at.
    } catch (const IoError&) {
      // Likewise.
    }
  }

  /// All space of a stage file is taken when it is made: its size never changes.
  void check_size(const ledger::StageRow& stage, const store::ViewEntry& entry) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(campaign_.paths.root() / file_of(stage), missing);
    if (!missing && bytes != entry.bytes)
      findings_.add("size", "a stage file has another size than when the view was made",
                    file_of(stage) + ": " + std::to_string(bytes) + " bytes, store.h5 says " +
                        std::to_string(entry.bytes));
  }

  void check_seal(const ledger::StageRow& stage, const store::ViewEntry& entry,
                  const store::StageReader& reader, VerifiedStage& verified) {
    if (verified.sealed) {
      if (entry.generation != stage.generation || entry.digest != stage.digest)
        find(stage.name + ": the view has " + seal_text(entry.generation, entry.digest) + "; the ledger " +
             seal_text(stage.generation, stage.digest));
      return;
    }
    const auto seal = reader.seal();
    if (entry.generation < seal.generation)
      verified.view_behind = true;
    else if (entry.generation != seal.generation || entry.digest != seal.digest)
      find(stage.name + ": the view has " + seal_text(entry.generation, entry.digest) + "; the file " +
           seal_text(seal.generation, seal.digest));
  }

  void check_rows(const ledger::StageRow& stage, const ShownView::Rows& rows,
                  const store::StageReader& reader) {
    if (!rows.empty() && is_nowhere(rows.begin()->second))
      return findings_.add("view rows", "a row seen through store.h5 is not the stage file's",
                           stage.name + ": HDF5 finds no file behind the view; on a file system without " +
                               "locks type: HDF5_USE_FILE_LOCKING=FALSE tranche verify",
                           Mended::by_run);
    for (const auto& [k, shown] : rows) {
      const auto stored = reader.read_row(stage.range.begin + k);
      for (std::size_t i = 0; i < stored.size(); ++i)
        if (shown[i] != stored[i])
          findings_.add("view rows", "a row seen through store.h5 is not the stage file's",
                        stage.name + ", sample " + std::to_string(stage.range.begin + k) + ": " +
                            stored[i].path + " differs",
                        Mended::by_run);
    }
  }

  const CampaignView& campaign_;
  const Unreadable& unreadable_;
  const ShownView& view_;
  Findings& findings_;
};

std::optional<ShownView> read_or_find(const ViewSources& sources, StageKey any, Findings& findings) {
  constexpr const char* shows_otherwise = "store.h5 does not show what the campaign has";
  if (const auto known = sources.unreadable.find("store.h5"); known != sources.unreadable.end()) {
    findings.add("view", shows_otherwise, known->first + ": " + known->second, Mended::by_run);
    return std::nullopt;
  }
  try {
    return read_shown(sources, sources.campaign.layout(any));
  } catch (const DamageError& error) {
    findings.add("view", shows_otherwise, error.what(), Mended::by_run);
  } catch (const IoError& error) {
    findings.add("view", shows_otherwise, error.what(), Mended::by_run);
  }
  return std::nullopt;
}

}  // namespace

void verify_view(const ViewSources& sources, const std::vector<ledger::StageRow>& stages,
                 std::vector<VerifiedStage>& verified, Findings& findings) {
  const CampaignView& view = sources.campaign;
  if (stages.empty()) return;
  const bool first_begun = stages.size() == 1 && ViewChecker::just_begun(stages.front(), verified.front());
  if (first_begun && !std::filesystem::exists(view.paths.view())) {
    verified.front().view_behind = true;
    return;
  }
  const auto shown = read_or_find(sources, view.plan.stages().front().key, findings);
  if (!shown) return;
  ViewChecker checker{sources, *shown, findings};
  checker.check_whole(stages);
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (in_plan(view, stages[i])) checker.check_stage(stages[i], verified[i]);
}

}  // namespace tranche::inspect
