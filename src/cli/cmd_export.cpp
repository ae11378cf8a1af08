// tranche export: packed copies of the store for other programs.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>

#include "ask.hpp"
#include "commands.hpp"
#include "export_model.hpp"
#include "guarded.hpp"
#include "json_output.hpp"
#include "records.hpp"
#include "tranche/base/text.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/learn/hold_out.hpp"
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

/// What a format's file is called after its name.
const std::map<std::string, std::string>& endings() {
  static const std::map<std::string, std::string> all{
      {"hdf5", ".h5"}, {"npz", ".npz"}, {"tfrecord", ".tfrecord"}, {"onnx", ".onnx"}, {"torchscript", ".pt"}};
  return all;
}

store::ExportOptions store_options(const ExportOptions& options) {
  const auto share = parse_number(options.hold_out);
  if (!share || *share < 0 || *share >= 1)
    refuse("`" + options.hold_out + "` is no share of the samples", "--hold-out 10%");
  store::ExportOptions chosen;
  chosen.hold_out = {[share = *share](SampleIndex index) { return learn::is_held_out(index, share); },
                     *share};
  return chosen;
}

store::ExportSummary write(const ExportOptions& options, const std::string& root,
                           const std::vector<store::StageLayout>& layouts, const std::string& file) {
  if (options.format == "npz") return store::export_npz(root, layouts, file, store_options(options));
  if (options.format == "tfrecord")
    return store::export_tfrecord(root, layouts, file, store_options(options));
  return store::export_hdf5(root, layouts, file);
}

}  // namespace

void register_export(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand(
      "export", "A packed copy of all ok samples, or of a trained model, for other programs");
  auto options = std::make_shared<ExportOptions>();
  verb->add_option("--format", options->format,
                   "Samples: hdf5 (compressed), npz, tfrecord. Model: onnx, torchscript")
      ->check(CLI::IsMember(endings()));
  verb->add_option("-o", options->file,
                   "What to write (default: here, named after campaign or model and format)")
      ->type_name("FILE");
  verb->add_option("--stage", options->stage, "Only this stage (name or number)")->type_name("S");
  verb->add_option("--model", options->model, "onnx, torchscript: which model (default: the only one)")
      ->type_name("NAME");
  verb->add_option("--hold-out", options->hold_out, "npz, tfrecord: share of the samples set apart for tests")
      ->type_name("SHARE")
      ->capture_default_str();
  verb->footer(
      "  tranche export                          NAME.h5, readable with h5py and xarray\n"
      "  tranche export --format npz -o pilot.npz --stage pilot\n"
      "  tranche export --format tfrecord        folder NAME.tfrecord: train-*, hold_out-*, dataset.json\n"
      "  tranche export --format onnx --model m1   m1.onnx: from parameters to stored values\n"
      "store.h5 in the campaign directory can be read in place as well.");
  verb->callback([options, &context] {
    context.exit_code = run_guarded(context, [&] { return run_export(*options, context); });
  });
}

int run_export(const ExportOptions& options, Context& context) {
  if (is_model_format(options.format)) return export_model(options, context);
  if (!options.model.empty()) refuse("samples are of no model", "leave --model out, or --format onnx");
  const auto paths = context.campaign();
  require_no_owner(paths, "tranche export");
  require_whole(paths);
  const auto view = inspect::open_campaign(paths);
  if (!view.lock) refuse("there is nothing to export yet", "tranche run");
  inspect::require_unchanged(view);
  const auto layouts = layouts_of(view, options.stage);
  auto file = options.file.empty() ? view.spec.name + endings().at(options.format) : options.file;
  while (file.size() > 1 && file.back() == '/') file.pop_back();  // a folder may be written so
  if (std::filesystem::exists(file))
    refuse(file + " exists already", "name another file with -o, or remove it");
  const auto summary = write(options, paths.root().string(), layouts, file);
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
