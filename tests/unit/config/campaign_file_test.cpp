#include "tranche/config/campaign_file.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

#include "golden_files.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/campaign/stage_plan.hpp"

using namespace tranche;
namespace fs = std::filesystem;

namespace {

fs::path good(const char* name) {
  return test::golden_config() / "good" / name;
}

campaign::CampaignSpec parse(const std::string& text) {
  return config::parse_campaign({text, "campaign.yaml", test::golden_config() / "good"});
}

std::vector<Problem> problems_of(const fs::path& path) {
  try {
    config::load_campaign(path);
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

/// The smallest campaign with `line` added.
std::string with(const std::string& line) {
  return test::file_text(good("smallest.yaml")) + line + "\n";
}

Problem one_problem(const char* what, const char* file, int line, int column, const char* why = "",
                    const char* fix = "") {
  Problem problem;
  problem.what = what;
  problem.where.file = file;
  problem.where.line = line;
  problem.where.column = column;
  problem.why = why;
  problem.fix = fix;
  return problem;
}

}  // namespace

TEST_CASE("A full campaign is read as it stands") {
  const auto spec = config::load_campaign(good("full.yaml"));
  CHECK(spec.schema == 1);
  CHECK(spec.name == "ssc");
  REQUIRE(spec.parameters.size() == 7);
  CHECK(spec.parameters[1].name == "R");
  CHECK(spec.parameters[1].unit == "cm");
  const auto& radius = std::get<campaign::RealRange>(spec.parameters[1].domain);
  CHECK(radius.lo == 1e15);
  CHECK(radius.hi == 1e18);
  CHECK(radius.scale == campaign::Scale::log);
  CHECK(std::get<campaign::IntegerRange>(spec.parameters[5].domain).hi == 8);
  CHECK(std::get<campaign::Levels>(spec.parameters[6].domain).names ==
        std::vector<std::string>{"blr", "torus"});
  REQUIRE(spec.constants.size() == 2);
  CHECK(spec.constants[0].value == 0.031);
  CHECK(spec.constants[1].unit == "cm/s");
  REQUIRE(spec.derived.size() == 2);
  CHECK(spec.derived[0].expression == "R*(1+z)/(c*delta)");
  CHECK(spec.derived[0].unit == "s");
  CHECK(spec.derived[1].expression == "gamma_max/gamma_min");
  REQUIRE(spec.constraints.size() == 1);
  CHECK(spec.design.method == campaign::DesignMethod::nested_lhs);
  CHECK(spec.design.points == 200'000);
  CHECK(spec.design.seed == 20240221);
  CHECK(spec.source_text == test::file_text(good("full.yaml")));
  CHECK(spec.source_digest.size() == 32);
}

TEST_CASE("Stages and gates of a full campaign are read") {
  const auto spec = config::load_campaign(good("full.yaml"));
  REQUIRE(spec.stages.size() == 4);
  CHECK(spec.stages[0].upto == 0.001);
  CHECK(spec.stages[0].gate.kind == campaign::GateSpec::Kind::ask);
  const auto& gate = spec.stages[1].gate;
  CHECK(gate.kind == campaign::GateSpec::Kind::require);
  CHECK(gate.otherwise == campaign::GateSpec::Otherwise::stop);
  REQUIRE(gate.conditions.size() == 2);
  CHECK(gate.conditions[1].relation == campaign::Condition::Relation::less_equal);
  CHECK(gate.conditions[1].value == 50);
  CHECK(spec.stages[2].gate.kind == campaign::GateSpec::Kind::pass);
  CHECK(spec.stages[3].upto == 1);
  const auto plan = campaign::StagePlan::build(spec);
  CHECK(plan.points() == 200'000);
  CHECK(plan.stages()[0].range.end == 200);
}

TEST_CASE("Simulator, outputs and settings of a full campaign are read") {
  const auto spec = config::load_campaign(good("full.yaml"));
  CHECK(std::get<campaign::PluginSpec>(spec.simulator.kind).file == "libssc_plugin.so");
  CHECK(spec.simulator.timeout_s == 60.0);
  CHECK(spec.simulator.memory_bytes == 2'000'000'000u);
  CHECK(spec.retries.crashed == 2);
  CHECK(spec.retries.timeout == 0);
  CHECK(spec.retries.after(SampleState::failed, "no_root") == 3);
  CHECK(spec.retries.after(SampleState::failed, "finite") == 0);
  CHECK(spec.limits.fail_rate == 0.5);
  CHECK(spec.limits.after == 200);
  CHECK(spec.limits.consecutive == 100u);
  CHECK(spec.budget.core_hours == 2000.0);
  REQUIRE(spec.axes.size() == 2);
  const auto& nu = spec.axes[0].values;
  REQUIRE(nu.size() == 177);
  CHECK(nu.front() == 1e8);
  CHECK(nu.back() == 1e30);
  CHECK(nu[88] == Approx(1e19));
  CHECK(nu[1] / nu[0] == Approx(nu[176] / nu[175]));
  REQUIRE(spec.outputs.size() == 3);
  const auto& sed = spec.outputs[0];
  CHECK(sed.transform == campaign::Transform::log10);
  CHECK(sed.floor == 1e-60);
  CHECK(sed.type == campaign::StoredType::float32);
  CHECK(sed.check_nonnegative);
  CHECK(sed.unit == "erg s-1");
  const auto& map = spec.outputs[1];
  CHECK(map.axes == std::vector<std::uint32_t>{1, 0});
  CHECK(map.size == 3 * 177);
  CHECK(map.type == campaign::StoredType::float64);
  CHECK_FALSE(map.check_finite);
  CHECK(spec.outputs[2].size == 1);
  CHECK(spec.outputs[2].check_finite);
  CHECK(spec.meta == std::vector<std::string>{"iterations", "residual"});
  CHECK_FALSE(spec.resources.slots);
  CHECK(spec.resources.threads == 2);
  CHECK(spec.store.epoch_s == 2);
  CHECK(spec.store.write == campaign::WriteMode::collective);
}

TEST_CASE("The smallest campaign gets one stage and seed 1") {
  const auto spec = config::load_campaign(good("smallest.yaml"));
  REQUIRE(spec.stages.size() == 1);
  CHECK(spec.stages[0].name == "full");
  CHECK(spec.stages[0].upto == 1);
  CHECK(spec.design.seed == 1);
  CHECK_FALSE(spec.simulator.timeout_s);
  CHECK(spec.outputs.empty());
}

TEST_CASE("A grid has the product of its counts") {
  const auto spec = config::load_campaign(good("grid.yaml"));
  CHECK(spec.design.points == 5 * 4 * 3);
  CHECK(spec.design.order == campaign::Visit::file);
  CHECK(spec.parameters[0].grid_points == 5u);
  CHECK_FALSE(spec.parameters[1].grid_points);
}

TEST_CASE("A list takes its columns in the order of the parameters, levels by name") {
  const auto spec = config::load_campaign(good("list.yaml"));
  CHECK(spec.design.points == 3);
  CHECK(spec.design.list_values == std::vector<double>{3, 0, 50, 1, 20.5, 0});
}

TEST_CASE("A byte order mark and Windows line ends do no harm") {
  const auto spec = config::load_campaign(good("random.yaml"));
  CHECK(spec.design.points == 1000);
  CHECK(spec.simulator.timeout_s == 5400.0);
}

TEST_CASE("Comments and layout do not change the digest, a bound does") {
  const auto text = test::file_text(good("full.yaml"));
  const auto digest = parse(text).source_digest;
  CHECK(parse("# a new comment\n" + text).source_digest == digest);
  auto changed = text;
  changed.replace(changed.find("[3, 50]"), 7, "[3, 51]");
  CHECK(parse(changed).source_digest != digest);
  auto renamed = text;
  renamed.replace(renamed.find("60 s"), 4, "90 s");
  CHECK(parse(renamed).source_digest == digest);
}

TEST_CASE("The example in the documentation is a campaign") {
  const auto page = test::file_text(TRANCHE_CAMPAIGN_PAGE);
  const auto begin = page.find("```yaml\n");
  REQUIRE(begin != std::string::npos);
  const auto spec = parse(page.substr(begin + 8, page.find("```", begin + 8) - begin - 8));
  CHECK(spec.outputs.size() == 1);
}

TEST_CASE("Every parameter knows its place") {
  const auto spec = config::load_campaign(good("full.yaml"));
  CHECK(spec.parameters[1].where.line == 5);
  CHECK(spec.parameters[1].where.column == 3);
  CHECK(spec.outputs[0].where.line == 31);
}

TEST_CASE("A good file cut at any byte is accepted or refused, never worse") {
  for (const char* name : {"full.yaml", "grid.yaml", "random.yaml"}) {
    const auto text = test::file_text(good(name));
    for (std::size_t length = 0; length < text.size(); ++length) {
      try {
        parse(text.substr(0, length));
      } catch (const ConfigError& error) {
        REQUIRE_FALSE(error.problems().empty());
        const config::SourceText source{"campaign.yaml", text.substr(0, length)};
        REQUIRE_FALSE(config::render(error.problems(), source, config::Color::off).empty());
      }
    }
  }
}

TEST_CASE("A good file with any byte replaced is accepted or refused, never worse") {
  const auto text = test::file_text(good("full.yaml"));
  const std::string bytes = "\t{[:&*\"'#-\n\xff";
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto broken = text;
    broken[at] = bytes[at % bytes.size()];
    try {
      parse(broken);
    } catch (const ConfigError& error) {
      REQUIRE_FALSE(error.problems().empty());
    }
  }
}

TEST_CASE("Deep nesting is refused, not followed") {
  CHECK_THROWS_AS(parse(std::string(100'000, '[')), ConfigError);
  CHECK_THROWS_AS(parse("constraints: [\"" + std::string(20'000, '(') + "x\"]"), ConfigError);
}

TEST_CASE("A missing file, a directory and an endless one are problems of the user") {
  const test::TemporaryFolder scratch;
  const auto missing = problems_of(scratch / "campaign.yaml");
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].what == "there is no such file");
  CHECK(missing[0].where.file == (scratch / "campaign.yaml").string());
  CHECK(missing[0].where.line == 0);
  REQUIRE(problems_of(scratch.path()).size() == 1);
  CHECK(problems_of(scratch.path())[0].what == "this is a directory");
  std::ofstream{scratch / "big.yaml"} << std::string(5'000'000, '#');
  REQUIRE(problems_of(scratch / "big.yaml").size() == 1);
  CHECK(problems_of(scratch / "big.yaml")[0].what == "this file has 5.0 MB");
}

TEST_CASE("A list's file is looked for beside the campaign") {
  const test::TemporaryFolder scratch;
  fs::copy_file(good("list.yaml"), scratch / "campaign.yaml");
  fs::create_directories(scratch / "x");
  REQUIRE(problems_of(scratch / "campaign.yaml").size() == 1);
  auto text = test::file_text(good("list.yaml"));
  text.replace(text.find("../lists/good.csv"), 17, "points.csv");
  std::ofstream{scratch / "campaign.yaml"} << text;
  std::ofstream{scratch / "points.csv"} << "delta,field\n3,blr\n";
  CHECK(problems_of(scratch / "campaign.yaml").empty());
}

TEST_CASE("Sections that may be empty may be empty") {
  for (const char* key : {"constants:", "derived:", "constraints:", "axes:", "outputs:", "meta:"}) {
    INFO(key);
    CHECK_NOTHROW(parse(with(key)));
  }
}

TEST_CASE("Optional words have their meaning") {
  CHECK(parse(with("resources: {slots: 12}")).resources.slots == 12u);
  CHECK(parse(with("retries: {failed: 2}")).retries.failed == 2);
  CHECK(parse(with("retries: {failed: 2}")).retries.crashed == 1);
  CHECK(parse(with("limits: {fail_rate: 0.3}")).limits.fail_rate == 0.3);
  CHECK(parse(with("limits: {fail_rate: 0.3}")).limits.after == 100);
  CHECK_FALSE(parse(with("limits: {consecutive: 7}")).limits.fail_rate);
  CHECK(parse(with("axes: {e: {linear: [0, 1], n: 5}}")).axes[0].values ==
        std::vector<double>{0, 0.25, 0.5, 0.75, 1});
}

TEST_CASE("What tranche does not know of a cluster is handed on as it stands, with its place") {
  const auto spec =
      parse(with("cluster: {partition: main, exclusive: , qos: 'a b', time: 90 min, sbatch: [-C intel]}"));
  const auto& cluster = spec.cluster;
  std::vector<std::string> options;
  for (const auto& option : cluster.options) options.push_back(option.text);
  CHECK(options == std::vector<std::string>{"--partition=main", "--exclusive", "--qos=a b", "-C intel"});
  CHECK(cluster.time_s == 5400.0);
  CHECK(cluster.nodes == 1);
  CHECK(cluster.chain == 1);
  CHECK_FALSE(cluster.signal_s);
  CHECK(cluster.where.at("time").line == cluster.options.front().where.line);
  CHECK(cluster.where.at("time").column > cluster.options.front().where.column);
  CHECK(parse(with("cluster: {launcher: srun}")).cluster.launcher == campaign::Launcher::srun);
}

TEST_CASE("A problem is shown with its line, a caret, why and fix") {
  const config::SourceText source{"campaign.yaml", "a: 1\nb:\t\xc3\xa9 [3, 2]\n"};
  const auto problem = one_problem("wrong order", "campaign.yaml", 2, 7, "low comes first", "[2, 3]");
  CHECK(config::render(std::span{&problem, 1}, source, config::Color::off) ==
        "campaign.yaml:2:7: error: wrong order\n"
        "  2 | b: \xc3\xa9 [3, 2]\n"
        "    |       ^\n"
        "  why: low comes first\n"
        "  fix: [2, 3]\n");
  const auto colored = config::render(std::span{&problem, 1}, source, config::Color::on);
  CHECK(colored.find("\033[1;31merror:\033[0m") != std::string::npos);
}

TEST_CASE("A problem elsewhere, of the whole file or beyond its end is shown without a line") {
  const config::SourceText source{"campaign.yaml", "a: 1\n"};
  const auto shown = [&](const char* file, int line, int column) {
    const auto problem = one_problem("odd", file, line, column);
    return config::render(std::span{&problem, 1}, source, config::Color::off);
  };
  CHECK(shown("points.csv", 1, 2) == "points.csv:1:2: error: odd\n");
  CHECK(shown("campaign.yaml", 0, 0) == "campaign.yaml: error: odd\n");
  CHECK(shown("campaign.yaml", 99, 1) == "campaign.yaml:99:1: error: odd\n");
}

TEST_CASE("A very long line is cut around the caret") {
  const config::SourceText source{"campaign.yaml", std::string(5000, 'x') + "!" + std::string(5000, 'y')};
  const auto problem = one_problem("odd", "campaign.yaml", 1, 5001);
  const auto text = config::render(std::span{&problem, 1}, source, config::Color::off);
  CHECK(text.size() < 600);
  const auto line = text.find("  1 | ");
  const auto caret = text.find("    | ");
  REQUIRE(line != std::string::npos);
  REQUIRE(caret != std::string::npos);
  CHECK(text[line + (text.find('^') - caret)] == '!');
}

TEST_CASE("Problems are rendered from a path, with or without the file") {
  const auto path = test::golden_config() / "16_range_swapped.yaml";
  const auto problems = problems_of(path);
  REQUIRE(problems.size() == 1);
  CHECK(config::render(problems, path, config::Color::off).find("  4 |   delta:") != std::string::npos);
  CHECK(config::render(problems, fs::path{"nowhere.yaml"}, config::Color::off).find('|') ==
        std::string::npos);
}

namespace {

campaign::SimulatorSpec simulator_of(const std::string& line) {
  const std::string text =
      "tranche: 1\nname: demo\nparameters: {x: {range: [0, 1]}}\ndesign: {method: random, points: 10, seed: "
      "1}\n" +
      line;
  return config::parse_campaign({text, "campaign.yaml", "."}).simulator;
}

}  // namespace

TEST_CASE("A worker is a program with arguments, and files that belong to it") {
  const auto simulator =
      simulator_of("simulator: {worker: [python3, w.py, --fast], files: [table.dat], timeout: 10 s}\n");
  const auto& worker = std::get<campaign::WorkerSpec>(simulator.kind);
  CHECK(worker.argv == std::vector<std::string>{"python3", "w.py", "--fast"});
  CHECK(worker.files == std::vector<std::string>{"table.dat"});
  CHECK(simulator.timeout_s == 10);
  CHECK(campaign::label(simulator) == "python3 w.py --fast");
  CHECK(std::get<campaign::WorkerSpec>(simulator_of("simulator: {worker: ./w}\n").kind).argv ==
        std::vector<std::string>{"./w"});
}

TEST_CASE("A Python function is named with its module, and maybe an interpreter") {
  const auto plain = simulator_of("simulator: {python: pack.model:Class.sed}\n");
  CHECK(std::get<campaign::PythonSpec>(plain.kind).module == "pack.model");
  CHECK(std::get<campaign::PythonSpec>(plain.kind).function == "Class.sed");
  CHECK(std::get<campaign::PythonSpec>(plain.kind).interpreter == "python3");
  const auto full = simulator_of("simulator: {python: {function: m:f, interpreter: .venv/bin/python}}\n");
  CHECK(std::get<campaign::PythonSpec>(full.kind).interpreter == ".venv/bin/python");
  CHECK(campaign::label(full) == "m:f");
}

TEST_CASE("A command is read as it stands") {
  const auto spec = config::load_campaign(good("command.yaml"));
  const auto& command = std::get<campaign::CommandSpec>(spec.simulator.kind);
  CHECK(command.words ==
        std::vector<std::string>{"./code", "-d", "{delta:%12.5e}", "<<n>>", "{field}", "{twice}"});
  REQUIRE(command.inputs.size() == 1);
  CHECK(command.inputs[0].file == "input.nml");
  CHECK(command.inputs[0].source == "../decks/good.nml.in");
  CHECK(command.files == std::vector<std::string>{"smallest.yaml"});
  CHECK(command.version == std::vector<std::string>{"./code", "--version"});
  CHECK(command.input == "input.nml");
  REQUIRE(command.failures.size() == 1);
  CHECK(command.failures[0].reason == "not_converged");
  CHECK(command.failures[0].retry == 1);
  CHECK(command.failures[0].with[0].value == 0.5);
  REQUIRE(spec.outputs[0].read);
  CHECK(spec.outputs[0].read->file == "spectrum_{index}.dat");
  CHECK(spec.outputs[0].read->axis_column == 1);
  CHECK(spec.outputs[0].read->skip == 3);
  CHECK(spec.outputs[1].read->key == "/path/to/x");
  CHECK(spec.meta == std::vector<std::string>{"steps", "extrapolated", "retries"});
  CHECK(spec.meta_reads.size() == 3);
  CHECK(spec.resources.cores() == 6);
  CHECK(spec.retries.after(SampleState::failed, "tempfail") == 3);
  CHECK(spec.retries.after(SampleState::failed, "exit_1") == 0);
  CHECK(campaign::label(spec.simulator) == "./code -d '{delta:%12.5e}' '<<n>>' '{field}' '{twice}'");
}

TEST_CASE("Decks and links that would meet are refused, and so are links in links") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "tables");
  for (const char* file : {"deck.in", "table", "tables/run.sh"}) folder.write(file, "x");
  const auto first_of = [&](const std::string& command) {
    folder.write("campaign.yaml",
                 "tranche: 1\nname: demo\nparameters: {x: {range: [3, 50]}}\n"
                 "design: {method: nested-lhs, points: 10, seed: 1}\n"
                 "simulator: {command: " +
                     command + "}\n");
    const auto problems = problems_of(folder / "campaign.yaml");
    return problems.empty() ? std::string{} : problems.front().what;
  };
  CHECK(first_of("[./code], inputs: {table: deck.in}, files: [table]") ==
        "the deck `table` would be written through `table` of `files`");
  CHECK(first_of("[./code], inputs: {tables/x: deck.in}, files: [tables/]") ==
        "the deck `tables/x` would be written through `tables/` of `files`");
  CHECK(first_of("[./code], files: [tables/, tables/run.sh]") ==
        "`tables/run.sh` lies in `tables/`, which is linked as a whole");
  CHECK(first_of("[sh, tables/run.sh], files: [tables/]").empty());
  CHECK(first_of("[sh, tables/run.sh], files: [table]") == "the program will not find `tables/run.sh`");
  CHECK(first_of("[./code], inputs: {tables2/x: deck.in}, files: [tables/]").empty());
}

TEST_CASE("A mistake in a template is shown with its line") {
  const test::TemporaryFolder folder;
  folder.write("deck.in", "&in\n  d = {delt}\n/\n");
  folder.write("campaign.yaml",
               "tranche: 1\nname: demo\nparameters: {delta: {range: [3, 50]}}\n"
               "design: {method: nested-lhs, points: 10, seed: 1}\n"
               "simulator: {command: [./code], inputs: {deck: deck.in}}\n");
  const auto problems = problems_of(folder / "campaign.yaml");
  REQUIRE(problems.size() == 1);
  CHECK(config::render(problems, folder / "campaign.yaml", config::Color::off) ==
        "deck.in:2:8: error: `delt` is no parameter, constant or derived value; did you mean `delta`?\n"
        "  2 |   d = {delt}\n"
        "    |        ^\n"
        "  fix: {delta}\n");
}
