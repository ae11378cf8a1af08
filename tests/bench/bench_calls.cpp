// What noticing the system calls of a sample costs it: nanoseconds a call without the trap, after it was
// lifted by an earlier call, and for a sample that makes one call only. Usage: bench_calls [CALLS]
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "call_trap.hpp"

namespace {

using tranche::simulate::CallTrap;

int zeros = -1;
int nothing = -1;
char page[4096];

void ask_parent() {
  ::syscall(SYS_getppid);
}
void read_page() {
  [[maybe_unused]] const auto ignored = ::pread(zeros, page, sizeof page, 0);
}
void write_page() {
  [[maybe_unused]] const auto ignored = ::write(nothing, page, sizeof page);
}

double nanoseconds_each(void (*call)(), long calls) {
  const auto start = std::chrono::steady_clock::now();
  for (long k = 0; k < calls; ++k) call();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() /
         static_cast<double>(calls);
}

struct Subject {
  const char* name;
  void (*call)();
  double without = 1e9;
  double with = 1e9;
};

}  // namespace

int main(int argc, char** argv) {
  const long calls = argc > 1 ? std::atol(argv[1]) : 100'000;
  const std::string file = "/tmp/tranche-bench-calls-" + std::to_string(::getpid());
  zeros = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ::unlink(file.c_str());
  nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (zeros < 0 || nothing < 0 || ::write(zeros, page, sizeof page) != sizeof page) return 1;
  Subject subjects[] = {
      {"getppid", ask_parent}, {"read of 4 kB", read_page}, {"write of 4 kB to /dev/null", write_page}};
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    for (Subject& subject : subjects)
      subject.without = std::min(subject.without, nanoseconds_each(subject.call, calls));
  }
  CallTrap trap;
  if (!trap.available()) return std::puts("no system call user dispatch here"), 0;
  std::vector<double> first;
  for (int k = 0; k < 4000; ++k) {
    trap.arm();
    trap.disarm();  // a quiet sample: the next one is trapped
    trap.arm();
    first.push_back(nanoseconds_each(ask_parent, 1));
    trap.disarm();
  }
  for (int round = 0; round < rounds; ++round) {
    for (Subject& subject : subjects) {
      trap.arm();
      subject.with = std::min(subject.with, nanoseconds_each(subject.call, calls));
      trap.disarm();
    }
  }
  for (const Subject& subject : subjects)
    std::printf("%-28s %6.0f ns without, %6.0f ns with (%.2fx)\n", subject.name, subject.without,
                subject.with, subject.with / subject.without);
  std::nth_element(first.begin(), first.begin() + first.size() / 2, first.end());
  std::printf("getppid as the only call of a sample: %.0f ns\n", first[first.size() / 2]);
}
