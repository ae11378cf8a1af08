#include "spawner.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <sstream>
#include <vector>

#include "processes.hpp"
#include "support/temporary_folder.hpp"

namespace tranche::simulate {
namespace {

struct Fixture {
  Fixture()
      : out{::open((folder / "out").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)},
        err{::open((folder / "err").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)},
        spawner{find_spawn_program(), out.get(), err.get()} {}

  SpawnEnd shell(const std::string& script, std::vector<std::string> more = {}) {
    SpawnOrder order;
    order.program = "/bin/sh";
    order.arguments = {"sh", "-c", script};
    order.arguments.insert(order.arguments.end(), more.begin(), more.end());
    order.variables = variables;
    order.input = input;
    order.directory = directory;
    const auto end = spawner.run(order);
    REQUIRE(end);
    return *end;
  }
  std::string said() const {
    std::ifstream file{folder / "out"};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  test::TemporaryFolder folder;
  FileDescriptor out;
  FileDescriptor err;
  Spawner spawner;
  std::vector<std::string> variables;
  std::string input;
  std::string directory;
};

}  // namespace

TEST_CASE("a spawner runs one program after the other and tells their ends apart") {
  Fixture fixture;
  CHECK(fixture.shell("exit 0").exit_code == 0);
  CHECK(fixture.shell("exit 65").exit_code == 65);
  CHECK(fixture.shell("kill -SEGV $$").signal == SIGSEGV);
  CHECK(fixture.shell("exit 0").signal == 0);
}

TEST_CASE("arguments, variables, directory and input arrive as they are") {
  Fixture fixture;
  fixture.folder.write("input", "from a file\n");
  ::setenv("TRANCHE_TEST_A", "ours", 1);
  fixture.variables = {"TRANCHE_TEST_B=2", "TRANCHE_INDEX=7"};
  fixture.directory = fixture.folder.str();
  fixture.input = "input";
  fixture.shell("printf '%s|' \"$@\"; echo $TRANCHE_TEST_B $TRANCHE_INDEX; cat; pwd -P",
                {"me", "a b", "", "$x"});
  const auto place = std::filesystem::canonical(fixture.folder.path()).string();
  CHECK(fixture.said() == "a b||$x|2 7\nfrom a file\n" + place + "\n");
}

TEST_CASE("a variable given replaces one of the slot, and is gone with the next run") {
  ::setenv("TRANCHE_TEST_C", "before", 1);
  Fixture fixture;
  fixture.variables = {"TRANCHE_TEST_C=given"};
  fixture.shell("env | grep TRANCHE_TEST_C");
  fixture.variables = {};
  fixture.shell("env | grep TRANCHE_TEST_C");
  CHECK(fixture.said() == "TRANCHE_TEST_C=given\nTRANCHE_TEST_C=before\n");
}

TEST_CASE("peak memory is that of the program, however large we are") {
  std::vector<char> ours(300'000'000, 'x');
  CHECK(ours.back() == 'x');
  Fixture fixture;
  CHECK(fixture.shell("exit 0").max_rss_kb < 20'000);
  CHECK(fixture.shell("head -c 60000000 /dev/zero | tail -c 50000000 >/dev/null").max_rss_kb > 40'000);
  CHECK(fixture.shell("exit 0").max_rss_kb < 20'000);
}

TEST_CASE("CPU time is that of the program and of all below it") {
  Fixture fixture;
  const std::string busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
  CHECK(fixture.shell(busy).cpu_s > 0.01);
  CHECK(fixture.shell("(" + busy + ")").cpu_s > 0.01);
  CHECK(fixture.shell("exit 0").cpu_s < 0.5);
}

TEST_CASE("what outlives its program is killed, in its group or not") {
  Fixture fixture;
  fixture.shell(
      "sleep 1000 & echo $!; setsid sleep 1000 & echo $!; setsid sh -c 'sleep 1000 & echo $!; sleep 1000' &"
      " sleep 0.3");
  std::istringstream list{fixture.said()};
  int count = 0;
  for (pid_t pid = 0; list >> pid; ++count) CHECK_FALSE(test::is_running(pid));
  CHECK(count == 3);
  CHECK(fixture.shell("exit 3").exit_code == 3);
}

TEST_CASE("what cannot be started says why") {
  Fixture fixture;
  SpawnOrder order;
  order.program = "/no/such/program";
  order.arguments = {"program"};
  CHECK(fixture.spawner.run(order)->not_started == "execute /no/such/program: No such file or directory");
  order.program = "/bin/true";
  order.directory = "/no/such/place";
  CHECK(fixture.spawner.run(order)->not_started == "enter /no/such/place: No such file or directory");
  order.directory = "";
  order.input = "/no/such/input";
  CHECK(fixture.spawner.run(order)->not_started ==
        "standard input /no/such/input: No such file or directory");
  order.input = "";
  order.arguments.emplace_back(100'000, 'x');
  CHECK(fixture.spawner.run(order)->not_started.empty());
  order.arguments.emplace_back(100'000, 'y');
  CHECK(fixture.spawner.run(order)->not_started == "execute /bin/true: more than 160 kB of arguments");
  CHECK(fixture.shell("exit 4").exit_code == 4);
}

TEST_CASE("a dead spawner is noticed") {
  Fixture fixture;
  SpawnOrder order;
  order.program = "/bin/sh";
  order.arguments = {"sh", "-c", "kill -KILL $PPID; sleep 1000"};
  CHECK_FALSE(fixture.spawner.run(order));
  CHECK_FALSE(fixture.spawner.run(order));
}

}  // namespace tranche::simulate
