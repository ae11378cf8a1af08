#include "launcher_watch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

using namespace tranche::launch;

namespace {

/// A child of ours that sleeps until it is killed.
pid_t sleeper() {
  const pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  return child;
}

void bury(pid_t child) {
  waitpid(child, nullptr, 0);
}

}  // namespace

TEST_CASE("a child that runs is one, a zombie is none") {
  const pid_t child = sleeper();
  REQUIRE(child > 0);
  CHECK(has_living_child(getpid()) == true);
  kill(child, SIGKILL);
  siginfo_t info;
  REQUIRE(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);  // dead, not buried
  CHECK(has_living_child(getpid()) == false);
  bury(child);
  CHECK_FALSE(has_living_child(child).has_value());
}

TEST_CASE("a launcher is bereft when its processes have been gone for a while, not before it has any") {
  LauncherWatch watch{getpid(), 20};
  CHECK_FALSE(watch.bereft(0));
  CHECK_FALSE(watch.bereft(100));
  const pid_t child = sleeper();
  CHECK_FALSE(watch.bereft(101));
  kill(child, SIGKILL);
  bury(child);
  CHECK_FALSE(watch.bereft(110));
  CHECK(watch.bereft(122));
}
