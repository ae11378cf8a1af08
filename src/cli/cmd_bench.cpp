// tranche bench: how fast things are here, on this machine and this file system.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <ostream>

#include "json_output.hpp"
#include "tool_commands.hpp"
#include "tool_job.hpp"
#include "tranche/base/text.hpp"
#include "tranche/config/campaign_file.hpp"
#include "tranche/config/sample_space_builder.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/inspect/text_table.hpp"
#include "tranche/launch/job.hpp"
#include "tranche/ledger/ledger.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t ledger_rows = 1'000'000;
constexpr std::uint64_t rows_per_epoch = 200'000;
constexpr std::uint64_t vectors = 1'000'000;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double load_average() {
  double load = 0;
  return ::getloadavg(&load, 1) == 1 ? load : 0;
}

/// A measurement: what is shown, and all that was measured.
struct Result {
  std::string name;
  std::string speed;
  std::string what;
  Json data;
};

std::string in_thousands(double per_s) {
  return format_count(static_cast<std::uint64_t>(per_s)) + "/s";
}

// --- dispatch ---------------------------------------------------------------------------------------------

fs::path noop_campaign(const fs::path& folder, std::uint64_t samples) {
  std::ofstream file{folder / "campaign.yaml"};
  file
      << "tranche: 1\nname: bench\nparameters:\n  a: {range: [0, 1]}\n  b: {range: [1e-3, 1e3], scale: log}\n"
      << "design: {method: nested-lhs, points: " << samples << ", seed: 1}\n"
      << "stages: [{name: all, upto: 100%}]\n"
      << "simulator: {plugin: libnoop_plugin.so, timeout: 10 s}\n"
      << "axes: {k: {log: [1, 1e6], n: 177}}\noutputs:\n  y: {axes: [k], store: {dtype: float32}}\n";
  return folder;
}

/// Samples that both the ledger and the store have as ok.
std::uint64_t count_recorded(const inspect::CampaignView& view, const ledger::Ledger& ledger) {
  const auto key = view.plan.stages().front().key;
  const auto reader = store::StageReader::open(view.paths.root().string(), view.layout(key));
  std::vector<std::uint8_t> states(view.plan.points());
  reader.read_states({0, states.size()}, states);
  const auto stored = static_cast<std::uint64_t>(
      std::count(states.begin(), states.end(), static_cast<std::uint8_t>(SampleState::ok)));
  return std::min(stored, ledger.totals().of(SampleState::ok));
}

/// A whole `tranche run`: from its start to the last commit.
Result bench_dispatch(const BenchOptions& options, const fs::path& folder) {
  launch::JobOptions job;
  job.campaign = noop_campaign(folder, options.samples);
  job.tranched = tranched_beside_us();
  job.slots = options.slots;
  std::string talk;
  launch::JobWatcher watcher;
  watcher.line_out = [](const std::string&) {};
  watcher.line_err = [&](const std::string& line) { talk += line + "\n"; };
  watcher.tick = [] {};
  const double begin = directory::unix_now();
  const auto end = launch::run_job(job, watcher);
  if (end.code != ExitCode::done) throw Failure{end.code, end.text + "\n" + talk, end.fix};
  const auto view = inspect::open_campaign(directory::find_campaign(folder));
  const auto ledger = ledger::Ledger::open_to_read(view.paths.ledger().string());
  const auto recorded = count_recorded(view, ledger);
  const double seconds = ledger.epochs(ledger.last_epoch(), 1).at(0).at - begin;
  const double rate = static_cast<double>(recorded) / seconds;
  return {
      "dispatch",
      in_thousands(rate),
      "samples recorded, " + format_count(recorded) + " in " + format_duration(seconds) + " from the start",
      {{"samples", recorded},
       {"seconds", seconds},
       {"samples_per_s", rate},
       {"slots", ledger.jobs().back().start.slots},
       {"epochs", ledger.last_epoch()}}};
}

// --- ledger -----------------------------------------------------------------------------------------------

RunRecord ok_run(SampleIndex index) {
  RunRecord run;
  run.id = RunId{1, index, 0};
  run.state = SampleState::ok;
  run.wall_s = run.cpu_s = 0.001;
  run.max_rss_kb = 10'000;
  run.started_at = 1.7e9 + static_cast<double>(index) * 1e-5;
  run.checksum = index * 0x9e3779b97f4a7c15U;
  return run;
}

Result bench_ledger(const BenchOptions& /*options*/, const fs::path& folder) {
  auto ledger = ledger::Ledger::open((folder / "ledger.sqlite").string(), "bench");
  ledger::StageRow stage;
  stage.key = {1, 1};
  stage.name = "all";
  stage.range = {0, ledger_rows};
  stage.state = ledger::StageState::running;
  ledger.add_stage(stage);
  double seconds = 0;
  std::uint64_t number = 1;
  for (SampleIndex from = 0; from < ledger_rows; from += rows_per_epoch, ++number) {
    std::vector<ledger::AgentRuns> agents{{"here", {}}};
    for (auto index = from; index < from + rows_per_epoch; ++index) agents[0].runs.push_back(ok_run(index));
    ledger::EpochCommit commit;
    commit.stage = stage.key;
    commit.epoch = number;
    commit.at = directory::unix_now();
    commit.agents = agents;
    const auto begin = Clock::now();
    ledger.commit_epoch(commit);
    seconds += since(begin);
  }
  const double rate = static_cast<double>(ledger_rows) / seconds;
  return {"ledger",
          in_thousands(rate),
          "rows in durable commits of " + format_count(rows_per_epoch) + " rows",
          {{"rows", ledger_rows},
           {"rows_per_commit", rows_per_epoch},
           {"seconds", seconds},
           {"rows_per_s", rate}}};
}

// --- store ------------------------------------------------------------------------------------------------

Result bench_store(const BenchOptions& /*options*/, const fs::path& folder) {
  std::string talk;
  const auto end = run_tool({"store-bench", folder, 1, 0}, talk);
  auto data = Json::parse(end.text, nullptr, false);
  if (end.code != ExitCode::done || !data.is_object())
    throw Failure{end.code, end.text + "\n" + talk, end.fix};
  char ratio[32];
  std::snprintf(ratio, sizeof ratio, "%.2f", data.at("ratio").get<double>());
  return {"store", format_count(static_cast<std::uint64_t>(data.at("store_mb_s").get<double>())) + " MB/s",
          "plain pwrite " + format_count(static_cast<std::uint64_t>(data.at("plain_mb_s").get<double>())) +
              " MB/s: ratio " + ratio + "; epochs of " + format_size(data.at("epoch_bytes").get<double>()),
          std::move(data)};
}

// --- design -----------------------------------------------------------------------------------------------

constexpr const char* design_campaign = R"(tranche: 1
name: bench
parameters:
  a: {range: [3, 50]}
  b: {range: [1e15, 1e18], scale: log}
  c: {range: [1e-3, 1e2], scale: log}
  d: {range: [1.5, 4]}
  e: {range: [1, 1e3], scale: log}
  f: {range: [1e4, 1e8], scale: log}
  g: {range: [1e40, 1e46], scale: log}
design: {method: nested-lhs, points: 200_000_000, seed: 1}
simulator: {plugin: libnoop_plugin.so}
)";

Result bench_design(const BenchOptions& /*options*/, const fs::path& folder) {
  const auto spec = config::parse_campaign({design_campaign, "bench", folder});
  const auto plan = campaign::StagePlan::build(spec);
  const auto space = config::make_sample_space(spec, plan);
  std::vector<double> x(space.width());
  double sum = 0;
  const auto begin = Clock::now();
  for (SampleIndex index = 0; index < vectors; ++index) {
    space.evaluate(index, x);
    sum += x[0];
  }
  const double seconds = since(begin);
  const double microseconds = seconds / static_cast<double>(vectors) * 1e6;
  char text[64];
  std::snprintf(text, sizeof text, "vectors of 7 parameters on one core, %.2f us each", microseconds);
  return {"design",
          in_thousands(static_cast<double>(vectors) / seconds),
          text,
          {{"vectors", vectors},
           {"dimensions", 7},
           {"seconds", seconds},
           {"us_per_vector", microseconds},
           {"sum", sum}}};
}

// ----------------------------------------------------------------------------------------------------------

struct Bench {
  const char* name;
  Result (*run)(const BenchOptions&, const fs::path&);
};
constexpr std::array<Bench, 4> benches{{{"design", bench_design},
                                        {"ledger", bench_ledger},
                                        {"store", bench_store},
                                        {"dispatch", bench_dispatch}}};

std::string text_of(const std::vector<Result>& results, const inspect::TextStyle& style) {
  inspect::TextTable table{{{"bench"}, {"speed", inspect::Align::right}, {"of"}}};
  for (const auto& result : results) table.add({result.name, result.speed, result.what});
  return table.text(style, 0);
}

std::string load_text(double load) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", load);
  return text;
}

}  // namespace

void register_bench(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("bench", "How fast tranche is here");
  auto options = std::make_shared<BenchOptions>();
  verb->add_option("WHAT", options->what, "What to measure (default all)")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"all", "dispatch", "ledger", "store", "design"}));
  verb->add_option("--samples", options->samples, "Samples of dispatch (default 500 000, 0.35 GB)")
      ->check(CLI::Range(1'000, 1'000'000'000))
      ->type_name("N");
  verb->add_option("-j,--slots", options->slots, "Slots of dispatch (default: one per core)")
      ->check(CLI::Range(1, 4096))
      ->type_name("SLOTS");
  verb->footer(
      "Works in a folder of its own below -C DIR (default: here), and removes it: the file system counts.\n"
      "  tranche bench store -C /scratch/me\n"
      "Other work on the machine slows it down: the load average stands beside the numbers.");
  verb->callback([options, &context] { context.exit_code = run_bench(*options, context); });
}

int run_bench(const BenchOptions& options, Context& context) {
  const double load_before = load_average();
  std::vector<Result> results;
  for (const auto& bench : benches) {
    if (options.what != "all" && options.what != bench.name) continue;
    const WorkFolder folder{context.options.directory};
    results.push_back(bench.run(options, folder.path()));
  }
  const double load_after = load_average();
  if (context.options.json) {
    Json document{{"tranche_bench", 1},
                  {"host", directory::host_name()},
                  {"load_average", {load_before, load_after}},
                  {"results", Json::object()}};
    for (auto& result : results) document["results"][result.name] = std::move(result.data);
    print_json(context, document);
  } else {
    context.out << text_of(results, context.out_style) << "load average " << load_text(load_before)
                << " before, " << load_text(load_after) << " after\n";
  }
  return 0;
}

}  // namespace tranche::cli
