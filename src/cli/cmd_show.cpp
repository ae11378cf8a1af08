// tranche show: one sample in full.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <ostream>

#include "ask.hpp"
#include "commands.hpp"
#include "file_text.hpp"
#include "guarded.hpp"
#include "json_output.hpp"
#include "parameters.hpp"
#include "records.hpp"
#include "tranche/base/text.hpp"
#include "tranche/campaign/row_codec.hpp"
#include "tranche/deck/words.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/inspect/output_view.hpp"
#include "tranche/inspect/sample_inputs.hpp"
#include "tranche/inspect/show.hpp"
#include "tranche/inspect/text_table.hpp"
#include "tranche/simulate/evidence.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::cli {
namespace {

struct SampleName {
  std::uint16_t revision = 1;
  SampleIndex index = 0;
};

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  Problem problem;
  problem.what = what;
  problem.fix = fix;
  throw ConfigError{std::move(problem)};
}

/// `77`, `r1:77`.
SampleName parse_sample(const std::string& text) {
  SampleName name;
  auto rest = std::string_view{text};
  if (rest.starts_with("r")) {
    const auto colon = rest.find(':');
    const auto number =
        colon == std::string_view::npos ? std::nullopt : parse_count(rest.substr(1, colon - 1));
    if (!number || *number == 0 || *number > 32'767)
      refuse("`" + text + "` names no sample", "write 77 or r1:77");
    name.revision = static_cast<std::uint16_t>(*number);
    rest.remove_prefix(colon + 1);
  }
  const auto index = parse_count(rest);
  if (!index) refuse("`" + text + "` names no sample", "write 77 or r1:77");
  name.index = *index;
  return name;
}

/// From the live owner, else from the ledger, else nothing has been run.
inspect::SampleRuns find_runs(const inspect::CampaignView& view, SampleName name) {
  const auto& paths = view.paths;
  for (auto owner = directory::look_at_owner(paths); owner_may_live(owner);
       owner = directory::look_at_owner(paths)) {
    const auto reply =
        ask(paths, owner, "show", Json{{"revision", name.revision}, {"index", name.index}}.dump());
    if (!reply) continue;  // it has ended: what it recorded can be read
    if (auto sample = inspect::sample_runs_from_json(reply->data_json)) return *sample;
    throw Failure{ExitCode::unexpected, "the owner's answer could not be read"};
  }
  require_whole(paths);
  if (!std::filesystem::exists(paths.ledger()) || !view.lock)
    return {name.revision, name.index, SampleState::pending, 0, {}, {}};
  return inspect::sample_runs(open_ledger(view), name.revision, name.index);
}

/// Stored outputs of an ok sample, each as numbers. DamageError unless they have the recorded checksum.
std::vector<std::vector<double>> read_outputs(const inspect::CampaignView& view, StageKey stage,
                                              const inspect::SampleRuns& sample) {
  const auto index = sample.index;
  std::vector<std::vector<double>> outputs;
  std::vector<std::byte> row;
  const campaign::RowCodec codec{view.spec};
  const auto reader = store::StageReader::open(view.paths.root().string(), view.layout(stage));
  for (std::size_t k = 0; k < view.spec.outputs.size(); ++k) {
    std::vector<std::byte> bytes(codec.fields()[k].bytes);
    reader.read_output(k, {index, index + 1}, bytes);
    row.insert(row.end(), bytes.begin(), bytes.end());
    outputs.push_back(inspect::stored_numbers(view.spec.outputs[k], bytes));
  }
  if (codec.checksum(row) != sample.checksum)
    throw DamageError{"the outputs of sample " + std::to_string(index) + " in store/" +
                          view.layout(stage).file_name() + " are not those that were recorded",
                      "tranche verify"};
  return outputs;
}

std::string time_text(double unix_time) {
  const auto seconds = static_cast<std::time_t>(unix_time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return text;
}

/// How a process ended that did not just return.
std::string end_text(const RunRecord& record) {
  if (record.signal != 0) return "signal " + std::to_string(record.signal);
  return record.exit_code != 0 ? "exit " + std::to_string(record.exit_code) : std::string{};
}

/// What runs the sample once more, in the foreground, from where the user is.
std::string again(const Context& context, const inspect::SampleRuns& sample) {
  const auto& folder = context.options.directory;
  const auto command = inspect::command_again(sample.index, sample.with.empty() ? "" : sample.with.back());
  if (folder == ".") return command;
  return "tranche -C " + deck::shell_line({folder}) + command.substr(command.find(' '));
}

/// What the runs have left in the campaign, one directory a run.
std::vector<std::string> evidence_of(const inspect::CampaignView& view, const inspect::SampleRuns& sample) {
  std::vector<std::string> places;
  for (const auto& run : sample.runs) {
    const auto place = simulate::evidence_place(view.paths.failed(), run.record.id, run.record.reason);
    std::error_code error;
    if (std::filesystem::is_directory(place, error))
      places.push_back(place.lexically_relative(view.paths.root()).string() + "/");
  }
  return places;
}

/// What was said last; empty if nothing was.
std::string stderr_text(const inspect::CampaignView& view, const std::string& place) {
  constexpr std::size_t most_lines = 10;
  const auto said = directory::read_file(view.paths.root() / place / "stderr.txt");
  return said && !said->empty() ? file_text("stderr", *said, Part::end, most_lines) : std::string{};
}

std::string runs_text(const inspect::SampleRuns& sample, const inspect::TextStyle& style) {
  using inspect::Align;
  inspect::TextTable table{{{"attempt", Align::right},
                            {"with"},
                            {"state"},
                            {"reason"},
                            {"end"},
                            {"wall", Align::right},
                            {"cpu", Align::right},
                            {"memory", Align::right},
                            {"host"},
                            {"started"}}};
  std::string messages;
  for (std::size_t k = 0; k < sample.runs.size(); ++k) {
    const auto& run = sample.runs[k];
    const auto& record = run.record;
    table.add({std::to_string(record.id.attempt()), sample.with.at(k), std::string{to_string(record.state)},
               record.reason, end_text(record), format_duration(record.wall_s), format_duration(record.cpu_s),
               format_size(static_cast<double>(record.max_rss_kb) * 1024),
               run.host + ":" + std::to_string(record.slot), time_text(record.started_at)});
    if (!record.message.empty())
      messages += "  attempt " + std::to_string(record.id.attempt()) + ": " + record.message + '\n';
  }
  return table.text(style) + messages;
}

/// Everything `show` prints.
struct SampleReport {
  inspect::SampleRuns sample;
  std::vector<double> x;
  StageKey stage;
  std::string stage_name;
  std::vector<std::vector<double>> outputs;
};

void print_text(const inspect::CampaignView& view, const SampleReport& report, const Context& context) {
  const auto& style = context.out_style;
  const auto& sample = report.sample;
  context.out << style.bold("sample " + std::to_string(sample.index)) << "  " << to_string(sample.state)
              << "  stage " << report.stage_name << "\n"
              << point_text(view.spec, report.x, style, 2);
  if (!sample.runs.empty()) context.out << '\n' << runs_text(sample, style);
  if (!report.outputs.empty()) context.out << '\n';
  for (std::size_t k = 0; k < report.outputs.size(); ++k)
    context.out << inspect::output_text(view.spec, k, report.outputs[k], style, 2);
  const auto places = evidence_of(view, sample);
  if (!places.empty()) context.out << '\n' << stderr_text(view, places.back());
  for (const auto& place : places) context.out << "left:  " << place << '\n';
  context.out << "\nagain: " << again(context, sample) << '\n';
}

void print_json(const inspect::CampaignView& view, const SampleReport& report, const Context& context) {
  auto document = Json{{"tranche_show", 1}};
  document.update(Json::parse(inspect::to_json_text(report.sample)));
  document["state"] = to_string(report.sample.state);
  document["stage"] = report.stage_name;
  document["again"] = again(context, report.sample);
  document["evidence"] = evidence_of(view, report.sample);
  for (std::size_t k = 0; k < view.spec.parameters.size(); ++k)
    document["parameters"][view.spec.parameters[k].name] = report.x[k];
  const auto first_derived = view.spec.parameters.size() + view.spec.constants.size();
  for (std::size_t k = 0; k < view.spec.derived.size(); ++k)
    document["derived"][view.spec.derived[k].name] = report.x[first_derived + k];
  for (std::size_t k = 0; k < report.outputs.size(); ++k)
    document["outputs"][view.spec.outputs[k].name] = report.outputs[k];
  print_json(context, document);
}

}  // namespace

void register_show(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("show", "One sample in full: parameters, runs, outputs");
  auto options = std::make_shared<ShowOptions>();
  verb->add_option("SAMPLE", options->sample, "Design index, or rN:INDEX for another revision")->required();
  verb->footer("  tranche show 77\n  tranche show 77 --json    with all stored numbers");
  verb->callback([options, &context] {
    context.exit_code = run_guarded(context, [&] { return run_show(*options, context); });
  });
}

int run_show(const ShowOptions& options, Context& context) {
  const auto name = parse_sample(options.sample);
  const auto view = inspect::open_campaign(context.campaign());
  if (name.index >= view.plan.points())
    refuse("there is no sample " + std::to_string(name.index),
           "the design has " + std::to_string(view.plan.points()) + " points, counted from 0");
  if (name.revision > 1 && !std::filesystem::exists(view.paths.lock(name.revision)))
    refuse("there is no revision " + std::to_string(name.revision) + " of this campaign",
           "tranche show " + std::to_string(name.index));
  const auto& stage = view.plan.stage_of(name.index);
  SampleReport report{find_runs(view, name),
                      std::vector<double>(view.space.width()),
                      StageKey{name.revision, stage.key.stage},
                      stage.name,
                      {}};
  view.space.evaluate(name.index, report.x);
  if (report.sample.runs.empty() && !view.space.feasible(report.x))
    report.sample.state = SampleState::excluded;
  if (report.sample.state == SampleState::ok && view.lock)
    report.outputs = read_outputs(view, report.stage, report.sample);
  if (context.options.json)
    print_json(view, report, context);
  else
    print_text(view, report, context);
  return 0;
}

}  // namespace tranche::cli
