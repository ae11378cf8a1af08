// tranche try: a few points in the foreground.
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "commands.hpp"
#include "json_output.hpp"
#include "parameters.hpp"
#include "tranche/base/text.hpp"
#include "tranche/inspect/output_view.hpp"
#include "try_advice.hpp"
#include "try_kept.hpp"
#include "try_points.hpp"
#include "try_probes.hpp"

namespace tranche::cli {
namespace {

using campaign::CampaignSpec;

/// So long may looking for parameters without effect take.
constexpr double probing_s = 20;

std::string memory_text(const RunRecord& record) {
  return format_size(static_cast<double>(record.max_rss_kb) * 1024);
}

std::string state_text(const RunRecord& record, const inspect::TextStyle& style) {
  if (record.state == SampleState::ok) return style.green("ok");
  auto text = std::string{to_string(record.state)};
  if (!record.reason.empty()) text += " (" + record.reason + ")";
  return style.red(text);
}

std::string headline(const TryResult& result, const inspect::TextStyle& style) {
  const auto& record = result.runs.front().record;
  auto text = style.bold(result.point.label) + "  " + state_text(record, style) + "  " +
              format_duration(record.wall_s) + ", " + memory_text(record);
  if (const auto share = cpu_share(record)) text += ", " + format_share(*share) + " CPU";
  for (std::size_t k = 1; k < result.runs.size(); ++k)
    text += "; again " + format_duration(result.runs[k].record.wall_s);
  return text + '\n';
}

enum class Drawings : std::uint8_t { off, on };

std::string outputs_text(const CampaignSpec& spec, const simulate::ForegroundRun& run, Drawings drawings,
                         const inspect::TextStyle& style) {
  std::string text;
  for (std::size_t k = 0; k < spec.outputs.size(); ++k) {
    const auto values = values_of(spec, run, k);
    text += drawings == Drawings::on ? inspect::output_text(spec, k, values, style, 2)
                                     : "  " + inspect::output_line(spec, k, values) + '\n';
  }
  std::vector<std::string> meta;
  for (std::size_t k = 0; k < run.meta.size(); ++k)
    meta.push_back(spec.meta[k] + " = " + inspect::format_value(run.meta[k]));
  return meta.empty() ? text : text + "  " + inspect::wrapped_list(meta, style.width, 2) + '\n';
}

/// What a person should know about a result.
std::vector<std::string> warnings_of(const CampaignSpec& spec, const TryResult& result) {
  std::vector<std::string> warnings;
  const auto& run = result.runs.front();
  if (result.point.excluded) warnings.push_back("breaks a constraint: a campaign never runs this point");
  if (!run.record.message.empty()) warnings.push_back(run.record.message);
  if (!result.reproducible())
    warnings.push_back("not reproducible: the same point gave other results when it was run again");
  if (run.record.state != SampleState::ok) return warnings;
  for (std::size_t k = 0; k < spec.outputs.size(); ++k) {
    const auto range = inspect::output_range(spec.outputs[k], values_of(spec, run, k));
    if (range.finite < range.elements)
      warnings.push_back(spec.outputs[k].name + " is not finite in " +
                         format_count(range.elements - range.finite) + " of " + format_count(range.elements) +
                         " places");
    if (range.elements > 1 && range.at_floor == range.elements)
      warnings.push_back(spec.outputs[k].name + " is at its floor everywhere");
  }
  if (auto text = extrapolation_text(spec, run); !text.empty()) warnings.push_back(std::move(text));
  return warnings;
}

Json to_json(const CampaignSpec& spec, const TryResult& result, const std::string& kept) {
  const auto& run = result.runs.front();
  const auto& record = run.record;
  Json parameters;
  for (std::size_t k = 0; k < spec.parameters.size(); ++k)
    parameters[spec.parameters[k].name] = result.point.x[k];
  Json outputs = Json::array();
  for (std::size_t k = 0; record.state == SampleState::ok && k < spec.outputs.size(); ++k) {
    const auto range = inspect::output_range(spec.outputs[k], values_of(spec, run, k));
    outputs.push_back({{"name", spec.outputs[k].name},
                       {"lo", range.lo},
                       {"hi", range.hi},
                       {"elements", range.elements},
                       {"finite", range.finite},
                       {"at_floor", range.at_floor}});
  }
  return {{"label", result.point.label},
          {"index", result.point.index ? Json(*result.point.index) : Json(nullptr)},
          {"parameters", parameters},
          {"excluded", result.point.excluded},
          {"state", to_string(record.state)},
          {"reason", record.reason},
          {"message", record.message},
          {"wall_s", record.wall_s},
          {"cpu_s", record.cpu_s},
          {"max_rss_kb", record.max_rss_kb},
          {"runs", result.runs.size()},
          {"reproducible", result.runs.size() > 1 ? Json(result.reproducible()) : Json(nullptr)},
          {"outputs", outputs},
          {"kept", kept.empty() ? Json(nullptr) : Json(kept)},
          {"warnings", warnings_of(spec, result)}};
}

/// Prints results as they come, and remembers what the last lines need.
class TryReport {
 public:
  TryReport(const inspect::CampaignView& view, const Context& context, std::size_t points)
      : view_{view}, context_{context}, points_{points}, totals_{view.spec} {}

  /// `kept`: where what the run left is; empty: nowhere.
  void add(const TryResult& result, const std::string& kept) {
    totals_.add(result);
    any_ok_ = any_ok_ || result.runs.front().record.state == SampleState::ok;
    if (context_.options.json) {
      documents_.push_back(to_json(view_.spec, result, kept));
      return;
    }
    const auto& style = context_.out_style;
    const auto& run = result.runs.front();
    context_.out << headline(result, style) << point_text(view_.spec, result.point.x, style, 2);
    if (run.record.state == SampleState::ok) {
      const bool draw = points_ <= 2 || !drawn_;
      drawn_ = true;
      context_.out << outputs_text(view_.spec, run, draw ? Drawings::on : Drawings::off, style);
    }
    for (const auto& warning : warnings_of(view_.spec, result)) warn(warning, 2);
    if (!kept.empty()) show_kept(kept);
    context_.out << '\n' << std::flush;
  }

  /// Beside the data.
  void note(const std::string& text) const {
    if (!text.empty()) context_.say(text);
  }
  /// Whether the simulator works anywhere.
  bool any_ok() const noexcept { return any_ok_; }

  void finish(const std::optional<UnusedParameters>& unused) const {
    auto advice = totals_.advice();
    if (unused && !unused->names.empty()) advice.push_back(text_of(*unused));
    if (context_.options.json) {
      print_json(context_, {{"tranche_try", 1},
                            {"campaign", view_.spec.name},
                            {"points", documents_},
                            {"unused_parameters", unused ? Json(unused->names) : Json(nullptr)},
                            {"advice", advice}});
      return;
    }
    for (const auto& sentence : advice) warn(sentence, 0);
    if (totals_.points() < 2) return;
    const double mean = totals_.mean_wall_s();
    const double core_s = mean * static_cast<double>(view_.plan.points()) * view_.spec.resources.cores();
    context_.out << "mean " << format_duration(mean) << "; all " << format_count(view_.plan.points())
                 << " samples would take about " << inspect::format_core_hours(core_s / 3600)
                 << " (a guess from " << totals_.points() << " points)\n";
  }

 private:
  static std::string text_of(const UnusedParameters& unused) {
    std::string names;
    for (const auto& name : unused.names) names += (names.empty() ? "" : ", ") + name;
    return "no effect on any output where it was tried: " + names +
           "; if the code does not use it, do not spend points on it";
  }
  /// Decks once, or of each point if there are few.
  void show_kept(const std::string& kept) {
    if (points_ <= 2 || !decks_shown_) context_.out << decks_text(view_.spec, kept);
    decks_shown_ = true;
    context_.out << "  kept: " << kept << '\n';
  }
  void warn(const std::string& text, std::size_t indent) const {
    const auto& style = context_.out_style;
    context_.out << std::string(indent, ' ') << style.yellow("!") << ' '
                 << inspect::wrapped(text, style.width, indent + 2) << '\n';
  }

  const inspect::CampaignView& view_;
  const Context& context_;
  std::size_t points_;
  TryTotals totals_;
  bool drawn_ = false;
  bool decks_shown_ = false;
  bool any_ok_ = false;
  Json documents_ = Json::array();
};

}  // namespace

void register_try(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("try", "Run a few points here and now: time, memory, range, a sketch");
  auto options = std::make_shared<TryOptions>();
  verb->add_option("-n", options->points,
                   "How many: the centre of the ranges, corners, then points of the design")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  verb->add_option("--index", options->indices, "These points of the design")->type_name("I");
  verb->add_option("--at", options->at, "Values by hand, the rest from --index or the centre")
      ->type_name("NAME=VALUE");
  verb->add_option("--repeat", options->repeat, "Runs of each point; says whether they agree bit by bit")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  verb->add_option("--with", options->with, "Other values of constants in the command's placeholders")
      ->type_name("NAME=VALUE");
  verb->add_flag("--keep", options->keep,
                 "Leave each point's run directory in tried/, and show the decks of the first");
  verb->footer(
      "Nothing is recorded. Exit code 7 if no point is ok.\n"
      "  tranche try                        five points\n"
      "  tranche try --index 77             sample 77, exactly as the campaign runs it\n"
      "  tranche try --at B=1 --at delta=20 values by hand\n"
      "  tranche try -n 3 --repeat 2        is the code reproducible?\n"
      "  tranche try --index 77 --keep      look at its deck, its files and what it printed");
  verb->callback([options, &context] { context.exit_code = run_try(*options, context); });
}

int run_try(const TryOptions& options, Context& context) {
  const auto view = inspect::open_campaign(context.campaign());
  auto points = choose_points(view, options);
  const auto asked = points.size();
  // Points chosen by hand are a question of their own.
  const bool looks_around = options.indices.empty() && options.at.empty() && asked > 1;
  const auto probes = looks_around ? add_probes(view, points) : std::vector<Probe>{};
  TryReport report{view, context, asked};
  TryHost host{view, std::move(points), options};
  if (options.keep) report.note(what_is_kept(view.spec.simulator));
  for (std::size_t k = 0; k < asked; ++k) {
    const auto result = host.run(k, options.repeat);
    const auto place = kept_place(view.paths, result.point);
    const bool kept = options.keep && host.move_kept(k, place);
    report.add(result, kept ? place.string() : std::string{});
  }
  report.finish(looks_around ? std::optional{find_unused(view, host, probes, probing_s)} : std::nullopt);
  host.stop();
  return static_cast<int>(report.any_ok() ? ExitCode::done : ExitCode::environment);
}

}  // namespace tranche::cli
