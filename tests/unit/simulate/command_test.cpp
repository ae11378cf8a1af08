// Commands as simulators, without a campaign around them.
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "processes.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/simulate/evidence.hpp"
#include "tranche/simulate/foreground.hpp"
#include "tranche/simulate/simulator_files.hpp"
#include "tranche/simulate/simulator_host.hpp"

using namespace tranche;
using namespace tranche::simulate;
namespace fs = std::filesystem;

namespace {

/// One parameter x, output `y` of three values from column 2 of out.dat, meta `v` from a key on stdout.
campaign::CampaignSpec small_spec() {
  campaign::CampaignSpec spec;
  spec.name = "small";
  spec.parameters.resize(1);
  spec.parameters[0].name = "x";
  spec.constants.push_back({"dt", 1, "1", {}});
  spec.axes.resize(1);
  spec.axes[0].name = "k";
  spec.axes[0].values = {1, 2, 3};
  campaign::Output y;
  y.name = "y";
  y.axes = {0};
  y.size = 3;
  y.type = campaign::StoredType::float64;
  y.read = campaign::ReadSpec{};
  y.read->kind = campaign::ReadSpec::Kind::column;
  y.read->file = "out.dat";
  y.read->column = 2;
  spec.outputs = {y};
  spec.meta = {"v", "retries"};
  spec.meta_reads.resize(2);
  spec.meta_reads[0].key = "v";
  spec.meta_reads[1].kind = campaign::ReadSpec::Kind::retries;
  spec.simulator.kind = campaign::CommandSpec{};
  spec.simulator.timeout_s = 20;
  return spec;
}

/// A campaign whose command is a shell script.
class Fixture {
 public:
  explicit Fixture(const std::string& script, campaign::CampaignSpec spec = small_spec())
      : spec_{std::move(spec)} {
    folder_.write("code.sh", "#!/bin/sh\n" + script + "\n");
    fs::permissions(folder_ / "code.sh", fs::perms::owner_exec, fs::perm_options::add);
    auto& command = std::get<campaign::CommandSpec>(spec_.simulator.kind);
    if (command.words.empty()) command.words = {"./code.sh", "{x}"};
    HostOptions options;
    options.campaign_dir = folder_.str();
    options.simulator = require_simulator(folder_.str(), spec_.simulator);
    options.scratch_dir = folder_.str() + "/scratch";
    SampleInputs inputs;
    inputs.evaluate = [](SampleIndex index, std::span<double> x) {
      x[0] = 0.1 * static_cast<double>(index);
      x[1] = 1;
    };
    host_.emplace(spec_, inputs, options);
    host_->start();
  }

  ForegroundRun run(SampleIndex index = 3, const std::string& with = {}) {
    return run_one(*host_, spec_, {1, 1, 0, index, 0, host_->settings(with)});
  }
  std::string evidence(const std::string& file, SampleIndex index = 3) const {
    std::ifstream stream{evidence_path(folder_ / "scratch", {1, index, 0}) / file};
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }
  bool kept(SampleIndex index = 3) const {
    return fs::exists(evidence_path(folder_ / "scratch", {1, index, 0}));
  }
  const test::TemporaryFolder& folder() const { return folder_; }

 private:
  test::TemporaryFolder folder_;
  campaign::CampaignSpec spec_;
  std::optional<SimulatorHost> host_;
};

const std::string good = "printf '1 10\\n2 20\\n3 30\\n' > out.dat; echo v = $1";

/// State, reason: one word.
std::string end_of(const ForegroundRun& run) {
  return std::string{to_string(run.record.state)} +
         (run.record.reason.empty() ? "" : "/" + run.record.reason);
}

}  // namespace

TEST_CASE("a command's table and key become a sample's numbers") {
  Fixture fixture{good};
  const auto run = fixture.run();
  INFO(run.record.message);
  REQUIRE(end_of(run) == "ok");
  CHECK(run.values == std::vector<double>{10, 20, 30});
  CHECK(run.meta[0] == 0.1 * 3);
  CHECK(run.meta[1] == 0);
  CHECK(run.record.exit_code == 0);
  CHECK(run.record.max_rss_kb > 0);
  CHECK(run.record.max_rss_kb < 20'000);
  CHECK_FALSE(fixture.kept());
}

TEST_CASE("exit codes are judged, and one failure costs nothing but its own sample") {
  Fixture fixture{
      "case $TRANCHE_INDEX in 0) exit 65;; 1) exit 75;; 2) echo sorry >&2; exit 7;; 3) kill -ABRT $$;; "
      "esac\n" +
      good};
  CHECK(end_of(fixture.run(0)) == "invalid/bad_point");
  CHECK(end_of(fixture.run(1)) == "failed/tempfail");
  const auto seven = fixture.run(2);
  CHECK(end_of(seven) == "failed/exit_7");
  CHECK(seven.record.exit_code == 7);
  CHECK(seven.record.message == "sorry");
  const auto aborted = fixture.run(3);
  CHECK(end_of(aborted) == "crashed/sigabrt");
  CHECK(aborted.record.signal == SIGABRT);
  CHECK(end_of(fixture.run(4)) == "ok");
  CHECK_FALSE(fixture.kept(0));
  CHECK(fixture.kept(2));
  CHECK(fixture.evidence("stderr.txt", 2) == "sorry\n");
}

TEST_CASE("a single run has other values of constants, and the next one has not") {
  auto spec = small_spec();
  std::get<campaign::CommandSpec>(spec.simulator.kind).words = {"./code.sh", "{dt}"};
  Fixture fixture{good, spec};
  CHECK(fixture.run(1).meta[0] == 1);
  CHECK(fixture.run(2, "dt=0.25").meta[0] == 0.25);
  CHECK(fixture.run(3, "dt=0.5").meta[0] == 0.5);
  CHECK(fixture.run(4, "dt=0.25").meta[0] == 0.25);
  CHECK(fixture.run(5).meta[0] == 1);
}

TEST_CASE("decks are rendered, files linked, and the directory of a failed run is kept") {
  auto spec = small_spec();
  auto& command = std::get<campaign::CommandSpec>(spec.simulator.kind);
  const test::TemporaryFolder elsewhere;
  elsewhere.write("deck.in", "x = {x:%.3f}, {index}\n");
  elsewhere.write("table", "t");
  command.inputs = {{"in/deck", elsewhere.str() + "/deck.in", {}}};
  command.files = {elsewhere.str() + "/table"};
  command.input = "in/deck";
  Fixture fixture{"cat; cat in/deck table; ls; exit 1", spec};
  CHECK(end_of(fixture.run()) == "failed/exit_1");
  CHECK(fixture.evidence("stdout.txt") == "x = 0.300, 3\nx = 0.300, 3\ntin\ntable\n");
  CHECK(fixture.evidence("in/deck") == "x = 0.300, 3\n");
}

TEST_CASE("what cannot be read is told with its place") {
  const std::map<std::string, std::pair<std::string, std::string>> cases{
      {"true", {"failed/no_output", "output `y`: out.dat is not there"}},
      {"printf '1 1\\n' > out.dat",
       {"failed/wrong_length", "output `y`: out.dat: 1 values in column 2, 3 are due"}},
      {"printf '1 1\\n2 x\\n3 1\\n' > out.dat",
       {"failed/parse", "output `y`: out.dat:2: `x` in column 2 is not a number"}},
      {"printf '1 1\\n2 1\\n3 1\\n' > out.dat",
       {"failed/no_output", "meta `v`: stdout: no line begins with `v` and = or :"}}};
  for (const auto& [script, wanted] : cases) {
    Fixture fixture{script};
    const auto run = fixture.run();
    CHECK(end_of(run) == wanted.first);
    CHECK(run.record.message == wanted.second);
  }
}

TEST_CASE("a rule names a failure, and may try again with other values in the same run") {
  auto spec = small_spec();
  auto& command = std::get<campaign::CommandSpec>(spec.simulator.kind);
  command.words = {"./code.sh", "{x}", "{dt}"};
  command.failures = {{"did not converge", "not_converged", 2, {{"dt", 0.5}}}, {"never", "hopeless", 0, {}}};
  Fixture fixture{
      "case $TRANCHE_INDEX in 1) echo never; exit 1;; 2) echo it did not converge; exit 1;; esac\n"
      "[ $2 = 0.5 ] || { echo did not converge >&2; exit 3; }\n" +
          good,
      spec};
  const auto helped = fixture.run(3);
  REQUIRE(end_of(helped) == "ok");
  CHECK(helped.meta[1] == 1);
  CHECK(end_of(fixture.run(1)) == "failed/hopeless");
  CHECK(end_of(fixture.run(2)) == "failed/not_converged");
}

TEST_CASE("a command past its deadline is killed with all below it, and what it left is kept") {
  auto spec = small_spec();
  spec.simulator.timeout_s = 1;
  Fixture fixture{"[ $TRANCHE_INDEX = 0 ] && { echo begun; setsid sleep 1000 & sleep 1000; }\n" + good, spec};
  const auto run = fixture.run(0);
  CHECK(end_of(run) == "timeout/deadline");
  CHECK(run.record.cpu_s < 1);
  CHECK(fixture.evidence("stdout.txt", 0) == "begun\n");
  CHECK(end_of(fixture.run(1)) == "ok");
}

TEST_CASE("memory is that of the program and all below it") {
  auto spec = small_spec();
  spec.simulator.memory_bytes = 100'000'000;
  Fixture fixture{
      "[ $TRANCHE_INDEX = 0 ] && (head -c 500000000 /dev/zero | tail -c 400000000 >/dev/null)\n" + good,
      spec};
  const auto run = fixture.run(0);
  CHECK(end_of(run) == "crashed/memory");
  CHECK(run.record.max_rss_kb > 50'000);
  CHECK(end_of(fixture.run(1)) == "ok");
}

TEST_CASE("a command without decks and files runs in an empty directory, whatever it leaves there") {
  auto spec = small_spec();
  spec.outputs.clear();
  Fixture fixture{"ls; echo v = $(ls | wc -l); touch left; mkdir more", spec};
  for (SampleIndex index = 0; index < 3; ++index) {
    const auto run = fixture.run(index);
    REQUIRE(end_of(run) == "ok");
    CHECK(run.meta[0] == 0);
  }
}

TEST_CASE("a rule may name numbers that break a check, and is not asked about exit code 75") {
  auto spec = small_spec();
  auto& command = std::get<campaign::CommandSpec>(spec.simulator.kind);
  command.failures = {{"diverged", "diverged", 0, {}}, {"busy", "no_license", 0, {}}};
  Fixture fixture{
      "echo diverged; echo busy >&2; [ $TRANCHE_INDEX = 1 ] && exit 75\n"
      "printf '1 nan\\n2 20\\n3 30\\n' > out.dat; echo v = 1",
      spec};
  CHECK(end_of(fixture.run(3)) == "failed/diverged");
  CHECK(end_of(fixture.run(1)) == "failed/tempfail");
}

TEST_CASE("a rule whose expression is costly does not end the slot") {
  auto spec = small_spec();
  auto& command = std::get<campaign::CommandSpec>(spec.simulator.kind);
  command.failures = {{"(.|\n)*did not converge", "not_converged", 0, {}}};
  Fixture fixture{"head -c 40000 /dev/zero | tr '\\0' x >&2; echo >&2; echo did not converge >&2; exit 3",
                  spec};
  CHECK(end_of(fixture.run()) == "failed/not_converged");
}

TEST_CASE("what a program does to its standard output is not the next one's") {
  auto spec = small_spec();
  Fixture fixture{"python3 -c 'import fcntl, os; fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK)'\n" + good,
                  spec};
  for (SampleIndex index = 0; index < 3; ++index) {
    const auto run = fixture.run(index);
    INFO(run.record.message);
    CHECK(end_of(run) == "ok");
  }
}

TEST_CASE("further attempts are told the time that is left") {
  auto spec = small_spec();
  spec.simulator.timeout_s = 100000;
  auto& command = std::get<campaign::CommandSpec>(spec.simulator.kind);
  command.words = {"./code.sh", "{campaign}"};
  command.failures = {{"again", "again", 1, {}}};
  Fixture fixture{"echo $TRANCHE_DEADLINE >> $1/deadlines; sleep 1.1; echo again; exit 1", spec};
  CHECK(end_of(fixture.run()) == "failed/again");
  std::ifstream told{fixture.folder() / "deadlines"};
  std::string first;
  int second = 0;
  told >> first >> second;
  CHECK(first == "100000");
  CHECK(second < 100000);
  CHECK(second > 99000);
}

TEST_CASE("what a command without files of its own has written is kept when it fails") {
  auto spec = small_spec();
  spec.outputs.clear();
  Fixture fixture{"echo said > run.log; mkdir d; echo more > d/more; exit 4", spec};
  CHECK(end_of(fixture.run()) == "failed/exit_4");
  CHECK(fixture.evidence("run.log") == "said\n");
  CHECK(fixture.evidence("d/more") == "more\n");
}
