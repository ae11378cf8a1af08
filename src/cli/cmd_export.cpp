// tranche export: packed copies of the store for other programs.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <ostream>
#include <set>

#include "ask.hpp"
#include "commands.hpp"
#include "guarded.hpp"
#include "json_output.hpp"
#include "records.hpp"
#include "tranche/base/text.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/store/export.hpp"

namespace tranche::cli {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  Problem problem;
  problem.what = what;
  problem.fix = fix;
  throw ConfigError{std::move(problem)};
}

std::set<StageKey> stages_begun(const inspect::CampaignView& view) {
  if (!std::filesystem::exists(view.paths.ledger())) refuse("there is nothing to export yet", "tranche run");
  std::set<StageKey> keys;
  for (const auto& row : open_ledger(view).stages()) keys.insert(row.key);
  return keys;
}

/// Stages that have begun, or the one asked for: the ledger knows, whether or not their files are there.
std::vector<store::StageLayout> layouts_of(const inspect::CampaignView& view, const std::string& wanted) {
  std::vector<store::StageLayout> layouts;
  const auto begun = stages_begun(view);
  if (!wanted.empty() && view.plan.find(wanted) == nullptr)
    refuse("there is no stage `" + wanted + "`", "tranche check lists them");
  for (const auto& stage : view.plan.stages()) {
    if (!wanted.empty() && view.plan.find(wanted)->key != stage.key) continue;
    if (begun.contains(stage.key)) layouts.push_back(view.layout(stage.key));
  }
  if (layouts.empty()) refuse("there is nothing to export yet", "tranche run");
  return layouts;
}

}  // namespace

void register_export(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("export", "A packed copy of all ok samples: HDF5 or NumPy");
  auto options = std::make_shared<ExportOptions>();
  verb->add_option("--format", options->format, "hdf5 (compressed) or npz")
      ->check(CLI::IsMember({"hdf5", "npz"}));
  verb->add_option("-o", options->file, "File to write (default: NAME.h5 or NAME.npz here)")
      ->type_name("FILE");
  verb->add_option("--stage", options->stage, "Only this stage (name or number)")->type_name("S");
  verb->footer(
      "  tranche export                          NAME.h5, readable with h5py and xarray\n"
      "  tranche export --format npz -o pilot.npz --stage pilot\n"
      "store.h5 in the campaign directory can be read in place as well.");
  verb->callback([options, &context] {
    context.exit_code = run_guarded(context, [&] { return run_export(*options, context); });
  });
}

int run_export(const ExportOptions& options, Context& context) {
  const auto paths = context.campaign();
  require_no_owner(paths, "tranche export");
  require_whole(paths);
  const auto view = inspect::open_campaign(paths);
  if (!view.lock) refuse("there is nothing to export yet", "tranche run");
  inspect::require_unchanged(view);
  const auto layouts = layouts_of(view, options.stage);
  const bool npz = options.format == "npz";
  const auto file = options.file.empty() ? view.spec.name + (npz ? ".npz" : ".h5") : options.file;
  if (std::filesystem::exists(file))
    refuse(file + " exists already", "name another file with -o, or remove it");
  const auto root = paths.root().string();
  const auto summary = npz ? store::export_npz(root, layouts, file) : store::export_hdf5(root, layouts, file);
  if (context.options.json)
    print_json(context, {{"tranche_export", 1},
                         {"file", std::filesystem::absolute(file).string()},
                         {"rows", summary.rows},
                         {"bytes", summary.bytes}});
  else
    context.out << file << ": " << format_count(summary.rows) << " samples, "
                << format_size(static_cast<double>(summary.bytes)) << '\n';
  return 0;
}

}  // namespace tranche::cli
