#include "tranche/launch/job.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tranche/directory/files.hpp"

using namespace tranche;
namespace fs = std::filesystem;

namespace {

/// A folder with a shell script in the place of tranched.
class Workshop {
 public:
  explicit Workshop(const std::string& script) {
    folder_ = fs::temp_directory_path() / ("launch-" + directory::new_nonce().substr(0, 8));
    fs::create_directories(folder_);
    options.campaign = folder_;
    options.tranched = folder_ / "ranks";
    std::ofstream{options.tranched} << "#!/bin/sh\n" << script;
    fs::permissions(options.tranched, fs::perms::owner_all);
    watcher.line_out = [this](const std::string& line) { out.push_back(line); };
    watcher.line_err = [this](const std::string& line) { err.push_back(line); };
    watcher.tick = [] {};
  }
  ~Workshop() { fs::remove_all(folder_); }

  directory::Outcome run() { return launch::run_job(options, watcher); }

  launch::JobOptions options;
  launch::JobWatcher watcher;
  std::vector<std::string> out;
  std::vector<std::string> err;

 private:
  fs::path folder_;
};

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("one rank runs without mpirun, more ranks with it and unbound") {
  launch::JobOptions options;
  options.tranched = "/x/tranched";
  options.campaign = "/c";
  CHECK(launch::launcher_command(options, "/o").front() == "/x/tranched");
  options.ranks = 2;
  options.slots = 3;
  options.until = 2;
  const auto words = launch::launcher_command(options, "/o");
  CHECK(words.front() == "mpirun");
  const auto bind = std::find(words.begin(), words.end(), "--bind-to");
  REQUIRE(bind != words.end());
  CHECK(*std::next(bind) == "none");
  CHECK(has(words, "--slots"));
  CHECK(has(words, "--until"));
}

namespace {

slurm::Allocation three_nodes(const std::string& here) {
  return {"7", {{"n1", 4}, {"n2", 4}, {"n3", 4}}, here};
}

bool follows(const std::vector<std::string>& words, const std::string& first, const std::string& second) {
  const auto at = std::find(words.begin(), words.end(), first);
  return at != words.end() && std::next(at) != words.end() && *std::next(at) == second;
}

}  // namespace

TEST_CASE("in an allocation each node gets one rank, wherever this is") {
  launch::JobOptions options;
  options.tranched = "/x/tranched";
  options.allocation = three_nodes("n1");
  CHECK(launch::ranks_of(options) == 3);
  auto words = launch::launcher_command(options, "/o");
  CHECK(words.front() == "mpirun");
  CHECK(follows(words, "-n", "3"));
  CHECK(follows(words, "--map-by", "ppr:1:node"));
  CHECK_FALSE(has(words, "--oversubscribe"));
  options.ranks = 6;  // the user's wish
  words = launch::launcher_command(options, "/o");
  CHECK(follows(words, "-n", "6"));
  CHECK(follows(words, "--map-by", "node"));
  CHECK(has(words, "--oversubscribe"));

  options.ranks = 1;
  CHECK(launch::launcher_command(options, "/o").front() == "/x/tranched");
  options.allocation = three_nodes("");  // a shell of salloc, on the login node
  CHECK(launch::launcher_command(options, "/o").front() == "mpirun");
}

TEST_CASE("srun starts the ranks where the campaign asks for it, and there is a job") {
  launch::JobOptions options;
  options.tranched = "/x/tranched";
  options.launcher = campaign::Launcher::srun;
  options.ranks = 2;
  CHECK(launch::launcher_command(options, "/o").front() == "mpirun");
  options.allocation = three_nodes("n1");
  options.ranks = 0;
  auto words = launch::launcher_command(options, "/o");
  CHECK(words.front() == "srun");
  for (const auto* word : {"--mpi=pmix", "--nodes=3", "--ntasks=3", "--ntasks-per-node=1", "--input=0"})
    CHECK(has(words, word));
  options.ranks = 5;
  words = launch::launcher_command(options, "/o");
  for (const auto* word : {"--nodes=3", "--ntasks=5", "--ntasks-per-node=2", "--overcommit"})
    CHECK(has(words, word));
}

TEST_CASE("what srun says of itself is not shown, and a task that died is") {
  Workshop shop{
      "echo 'srun: cluster configuration lacks support for cpu binding' >&2\n"
      "echo 'srun: error: n2: task 1: Killed' >&2\necho 'srun: error: n3: task 2: Exited with exit code 1' "
      ">&2\n"
      "echo 'mine' >&2\nexit 137\n"};
  const auto end = shop.run();
  CHECK(shop.err == std::vector<std::string>{"mine"});
  CHECK(end.code == ExitCode::stopped);
  CHECK(end.text.find("rank 1 on node n2 died: Killed") != std::string::npos);
}

TEST_CASE("the outcome file decides the exit code, and both streams come line by line") {
  // $4 is the outcome file: --campaign C --outcome O
  Workshop shop{
      "echo one; echo two >&2; printf three\nprintf '{\"code\": 3, \"text\": \"waits\", \"fix\": "
      "\"approve\"}' > $4\nexit 1\n"};
  const auto end = shop.run();
  CHECK(end.code == ExitCode::gate);
  CHECK(end.text == "waits");
  CHECK(end.fix == "approve");
  CHECK(shop.out == std::vector<std::string>{"one", "three"});
  CHECK(shop.err == std::vector<std::string>{"two"});
}

TEST_CASE("ranks that end without a word are a stop that can be resumed") {
  Workshop shop{"exit 9\n"};
  const auto end = shop.run();
  CHECK(end.code == ExitCode::stopped);
  CHECK(end.text.find("returned 9") != std::string::npos);
  Workshop killed{"kill -9 $$\n"};
  CHECK(killed.run().text.find("signal 9") != std::string::npos);
}

TEST_CASE("ranks that end without a word may have found nothing to do") {
  Workshop shop{"exit 1\n"};
  shop.watcher.otherwise = [] {
    return std::optional{directory::Outcome{ExitCode::owned, "another", "ask it"}};
  };
  CHECK(shop.run().code == ExitCode::owned);
  shop.watcher.otherwise = [] { return std::optional<directory::Outcome>{}; };
  CHECK(shop.run().code == ExitCode::stopped);
  Workshop dead{"echo 'srun: error: n2: task 1: Killed' >&2; exit 137\n"};
  dead.watcher.otherwise = [] { return std::optional{directory::Outcome{ExitCode::done, "", ""}}; };
  CHECK(dead.run().code == ExitCode::stopped);
}

TEST_CASE("a launcher whose ranks never meet is ended, whatever it makes of a TERM") {
  const std::string path = std::getenv("PATH");
  setenv("TRANCHE_START_S", "2", 1);
  for (const auto* deaf : {"", "trap '' TERM\n"}) {
    Workshop shop{"exit 0\n"};
    fs::create_directories(shop.options.campaign / "bin");
    const auto launcher = shop.options.campaign / "bin" / "mpirun";
    std::ofstream{launcher} << "#!/bin/sh\n" << deaf << "exec sleep 100\n";
    fs::permissions(launcher, fs::perms::owner_all);
    setenv("PATH", ((shop.options.campaign / "bin").string() + ":" + path).c_str(), 1);
    shop.options.ranks = 2;
    const auto end = shop.run();
    CHECK(end.code == ExitCode::environment);
    CHECK(end.text.starts_with("the ranks have not come together within 2"));
    CHECK(end.fix.find("TRANCHE_START_S") != std::string::npos);
  }
  setenv("PATH", path.c_str(), 1);
  unsetenv("TRANCHE_START_S");
}

TEST_CASE("a job that is over is no unfit machine") {
  Workshop shop{
      "echo 'srun: error: Unable to create step for job 7: Job/step already completing or completed' >&2\n"
      "exit 1\n"};
  const auto end = shop.run();
  CHECK(end.code == ExitCode::stopped);
  CHECK(end.text.find("over") != std::string::npos);
  Workshop other{"echo 'srun: error: Unable to create step for job 7: Invalid account' >&2\nexit 1\n"};
  CHECK(other.run().code == ExitCode::environment);
}

TEST_CASE("what mpirun says between its rules becomes one sentence") {
  const std::string rule(74, '-');
  Workshop dead{"echo 'mpirun: Forwarding signal 10 to job' >&2; echo 'of the rank' >&2; echo '" + rule +
                "' >&2; echo 'mpirun noticed that process rank 1 with PID 0 on node n2 exited on signal 9 "
                "(Killed).' >&2; echo '" +
                rule + "' >&2; exit 137\n"};
  const auto end = dead.run();
  CHECK(end.code == ExitCode::stopped);
  CHECK(end.text == "rank 1 on node n2 died: signal 9 (Killed); nothing recorded is lost");
  CHECK(dead.err == std::vector<std::string>{"of the rank"});

  Workshop refused{"echo '" + rule + "' >&2; echo 'There are not enough slots' >&2; echo '" + rule +
                   "' >&2; exit 1\n"};
  const auto none = refused.run();
  CHECK(none.code == ExitCode::environment);
  CHECK(none.text.find("not enough slots") != std::string::npos);
}

TEST_CASE("a node that mpirun has lost is named") {
  const std::string rule(74, '-');
  Workshop lost{"echo '" + rule +
                "' >&2; echo 'ORTE has lost communication with a remote daemon.' >&2; echo '  HNP daemon   : "
                "[[6746,0],0] on node n1' >&2; echo '  Remote daemon: [[6746,0],1] on node n2' >&2; echo '" +
                rule + "' >&2; exit 205\n"};
  const auto end = lost.run();
  CHECK(end.code == ExitCode::stopped);
  CHECK(end.text == "the connection to node n2 was lost; nothing recorded is lost");
}

TEST_CASE("a program that cannot be started is named") {
  Workshop shop{""};
  shop.options.tranched = "/nowhere/tranched";
  try {
    shop.run();
    FAIL("it ran");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::environment);
    CHECK(std::string{failure.what()}.find("/nowhere/tranched") != std::string::npos);
  }
}
