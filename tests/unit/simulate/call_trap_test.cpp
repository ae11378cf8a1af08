// Whether code made a system call.
#include "call_trap.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>

using namespace tranche::simulate;

namespace {

double compute() {
  volatile double sum = 0;
  for (int k = 1; k < 100; ++k) sum = sum + std::sin(k);
  return sum;
}

/// The trap stays with the process that makes it: each check has a process of its own.
int in_child(int (*check)()) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(check());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int check_calls() {
  CallTrap trap;
  if (!trap.available()) return trap.disarm() ? 0 : 1;  // then everything may have made one
  trap.arm();
  compute();
  if (trap.disarm()) return 2;
  const auto parent = ::getppid();
  trap.arm();
  const auto seen = ::syscall(SYS_getppid);
  if (!trap.disarm()) return 3;
  if (seen != parent) return 4;  // the call was made all the same
  trap.arm();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::getppid() > 0 ? 7 : 8);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!trap.disarm() || WEXITSTATUS(status) != 7) return 5;
  trap.arm();
  compute();
  return trap.disarm() ? 6 : 0;
}

int check_habit() {
  CallTrap trap;
  for (int k = 0; k < 100; ++k) {
    trap.arm();
    ::syscall(SYS_getppid);
    if (!trap.disarm()) return 1;
  }
  if (!trap.available()) return 0;
  // The habit is lost again: within a few dozen runs quiet ones are known as such.
  for (int k = 0; k < 100; ++k) {
    trap.arm();
    compute();
    if (!trap.disarm()) return 0;
  }
  return 2;
}

}  // namespace

TEST_CASE("a system call is noticed and made, computing is not one") {
  CHECK(in_child(check_calls) == 0);
}

TEST_CASE("code that makes calls every time is not trapped every time, and never called quiet") {
  CHECK(in_child(check_habit) == 0);
}
