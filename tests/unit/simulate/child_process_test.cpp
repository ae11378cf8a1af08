#include "child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "processes.hpp"
#include "support/temporary_folder.hpp"
#include "system.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::simulate {
namespace {

/// A shell with a script; its output is collected.
struct Shell {
  explicit Shell(const std::string& script) {
    start.program = "/bin/sh";
    start.arguments = {"sh", "-c", script};
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    reading.reset(ends[0]);
    writing.reset(ends[1]);
    start.out = writing.get();
  }
  std::string said() {
    writing.reset();
    std::string text;
    char piece[4096];
    for (ssize_t length = 0; (length = ::read(reading.get(), piece, sizeof piece)) > 0;)
      text.append(piece, static_cast<std::size_t>(length));
    return text;
  }
  ProgramStart start;
  FileDescriptor reading;
  FileDescriptor writing;
};

}  // namespace

TEST_CASE("a program's exit code and signal are told apart") {
  CHECK(ChildProcess{Shell{"exit 0"}.start}.wait_end().exit_code == 0);
  CHECK(ChildProcess{Shell{"exit 75"}.start}.wait_end().exit_code == 75);
  const auto killed = ChildProcess{Shell{"kill -SEGV $$"}.start}.wait_end();
  CHECK(killed.signal == SIGSEGV);
  CHECK(killed.exit_code == 0);
}

TEST_CASE("a program finds its arguments, variables, directory and nothing else") {
  ::setenv("TRANCHE_TEST_KEPT", "kept", 1);
  ::setenv("TRANCHE_TEST_CHANGED", "before", 1);
  const test::TemporaryFolder folder;
  const FileDescriptor leak{::open("/dev/null", O_RDONLY)};  // without close-on-exec
  Shell shell{"echo $1 $TRANCHE_TEST_KEPT $TRANCHE_TEST_CHANGED $TRANCHE_TEST_NEW; pwd -P; ls /proc/self/fd"};
  shell.start.arguments.insert(shell.start.arguments.end(), {"me", "one two"});
  shell.start.variables = {"TRANCHE_TEST_CHANGED=after", "TRANCHE_TEST_NEW=new"};
  shell.start.directory = folder.path().string();
  CHECK(ChildProcess{shell.start}.wait_end().exit_code == 0);
  const auto place = std::filesystem::canonical(folder.path()).string();
  CHECK(shell.said() == "one two kept after new\n" + place + "\n0\n1\n2\n3\n");  // 3 is that of ls
}

TEST_CASE("a program has default signal handlers and an empty mask, whatever the slot has") {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigset_t before;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &set, &before);
  Shell shell{"grep -E '^Sig(Blk|Ign)' /proc/self/status"};
  CHECK(ChildProcess{shell.start}.wait_end().exit_code == 0);
  CHECK(shell.said() == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  sigset_t after;
  ::sigprocmask(SIG_SETMASK, &before, &after);
  CHECK(sigismember(&after, SIGUSR1) == 1);
  std::signal(SIGPIPE, SIG_DFL);
}

TEST_CASE("what a program leaves in its group ends with it") {
  Shell shell{"sleep 1000 >/dev/null & echo $!"};
  CHECK(ChildProcess{shell.start}.wait_end().exit_code == 0);
  const auto left = static_cast<pid_t>(std::stoi(shell.said()));
  for (int k = 0; k < 5000 && test::is_running(left); ++k)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  CHECK_FALSE(test::is_running(left));
}

TEST_CASE("a program that still runs is killed, or by whoever forgets it") {
  {
    ChildProcess child{Shell{"sleep 1000"}.start};
    CHECK_FALSE(child.poll_end());
    child.kill();
    CHECK(child.wait_end().signal == SIGKILL);
    CHECK(child.pid() == 0);
  }
  pid_t pid = 0;
  {
    const ChildProcess child{Shell{"sleep 1000"}.start};
    pid = child.pid();
  }
  CHECK_FALSE(test::is_running(pid));
}

TEST_CASE("what cannot be started says which step failed") {
  ProgramStart start;
  start.program = "/no/such/program";
  start.arguments = {"program"};
  CHECK_THROWS_WITH(ChildProcess{start}, "execute /no/such/program: No such file or directory");
  start.program = "/bin/true";
  start.directory = "/no/such/directory";
  CHECK_THROWS_WITH(ChildProcess{start}, "enter /no/such/directory: No such file or directory");
}

TEST_CASE("CPU time of a program is that of its own") {
  const auto end = ChildProcess{Shell{"i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"}.start}.wait_end();
  CHECK(end.cpu_s() > 0.01);
}

}  // namespace tranche::simulate
