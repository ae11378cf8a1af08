// A simulator that misbehaves on request. x = {mode, value}; see modes.hpp.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cfenv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>

#include "modes.hpp"
#include "tranche/plugin.h"

namespace {

using tranche::test::Mode;

const tranche_info* facts = nullptr;

// More than an address space: refused however generous the system is with memory it does not have.
constexpr std::size_t beyond_any_machine = std::size_t{1} << 60;

void fill(double* const* out, double value) {
  for (std::size_t k = 0; k < facts->n_outputs; ++k) {
    for (std::size_t i = 0; i < facts->outputs[k].n; ++i)
      out[k][i] = 1 + std::fabs(std::sin(value + static_cast<double>(i + 31 * k)));
  }
}

void busy_sleep_ms(double milliseconds) {
  ::usleep(static_cast<useconds_t>(milliseconds * 1e3));
}

// Sums what it touches, so that nothing of it can be optimised away.
int touch_memory(bool shared) {
  constexpr std::size_t step = std::size_t{16} << 20;
  unsigned long sum = 0;
  for (int k = 0; k < 4096; ++k) {
    char* piece = nullptr;
    if (shared) {
      void* mapped = ::mmap(nullptr, step, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      piece = mapped == MAP_FAILED ? nullptr : static_cast<char*>(mapped);
    } else {
      piece = static_cast<char*>(std::malloc(step));
    }
    for (std::size_t at = 0; at < step; at += 4096) piece[at] = static_cast<char>(at + 1);
    sum += static_cast<unsigned char>(piece[4096]);
    if (shared) busy_sleep_ms(5);
  }
  return sum == 0 ? TRANCHE_OK : TRANCHE_FAILED;
}

void flood(std::FILE* stream) {
  const std::string line(1023, 'x');
  for (int k = 0; k < 10 * 1024; ++k) std::fprintf(stream, "%s\n", line.c_str());
  std::fflush(stream);
}

void change_surroundings() {
  [[maybe_unused]] const int ignored = ::chdir("/");
  ::umask(0777);
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  std::fesetround(FE_UPWARD);
}

// 0 if everything is as a sample may expect it; else which one is not.
double spoiled(const tranche_task* task) {
  char here[4096];
  if (::getcwd(here, sizeof here) == nullptr || std::strcmp(here, task->rundir) != 0) return 1;
  const mode_t mask = ::umask(022);
  ::umask(mask);
  if (mask == 0777) return 2;
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  if (sigismember(&blocked, SIGUSR1) != 0) return 3;
  if (std::fegetround() != FE_TONEAREST) return 4;
  if (::fcntl(2, F_GETFD) < 0) return 5;
  return 0;
}

__attribute__((noinline)) int recurse(volatile char* above) {
  volatile char here[4096];
  here[0] = above[0];
  if (here[0] == 77) return 0;  // never; but the compiler must not know
  return recurse(here) + here[0];
}

int misbehave(Mode mode, double value, const tranche_task* task, double* const* out, tranche_result* result) {
  switch (mode) {
    case Mode::ok:
      return TRANCHE_OK;
    case Mode::failed:
      std::strcpy(result->reason, "No Root!");
      std::strcpy(result->message, "no root\nin [0,\t1]");
      return TRANCHE_FAILED;
    case Mode::failed_silently:
      return TRANCHE_FAILED;
    case Mode::failed_on_stderr:
      std::fprintf(stderr, "step 1\ncould not bracket\n");
      return TRANCHE_FAILED;
    case Mode::bad_point:
      return TRANCHE_BAD_POINT;
    case Mode::odd_return:
      return 77;
    case Mode::nan:
      out[0][1] = std::numeric_limits<double>::quiet_NaN();
      return TRANCHE_OK;
    case Mode::negative:
      out[0][2] = -1;
      return TRANCHE_OK;
    case Mode::segfault:
      *reinterpret_cast<volatile int*>(static_cast<std::uintptr_t>(value * 0)) = 1;
      return TRANCHE_OK;
    case Mode::stack_overflow: {
      volatile char top[1] = {0};
      return recurse(top);
    }
    case Mode::abort:
      std::fprintf(stderr, "cannot go on\n");
      std::abort();
    case Mode::divide:
      ::raise(SIGFPE);
      return TRANCHE_OK;
    case Mode::exit_zero:
      std::exit(0);
    case Mode::exit_three:
      std::exit(3);
    case Mode::hang:
      while (true) ::pause();
    case Mode::spin:
      for (volatile unsigned long turns = 0;;) {
        const unsigned long next = turns + 1;
        turns = next;
      }
    case Mode::touch:
      return touch_memory(false);
    case Mode::touch_shared:
      return touch_memory(true);
    case Mode::huge_malloc: {
      volatile char* piece = static_cast<char*>(std::malloc(beyond_any_machine));
      piece[0] = 1;
      return TRANCHE_OK;
    }
    case Mode::huge_new: {
      volatile char* piece = new char[beyond_any_machine];
      piece[0] = 1;
      return TRANCHE_OK;
    }
    case Mode::throws:
      throw std::runtime_error{"table\nis empty"};
    case Mode::throws_int:
      throw 3;
    case Mode::overrun: {
      volatile double* last = out[facts->n_outputs - 1];
      for (std::size_t k = 0; k < 64; ++k) last[facts->outputs[facts->n_outputs - 1].n + k] = 0;
      return TRANCHE_OK;
    }
    case Mode::flood_stdout:
      flood(stdout);
      return TRANCHE_OK;
    case Mode::flood_stderr:
      flood(stderr);
      return TRANCHE_FAILED;
    case Mode::change_surroundings:
      change_surroundings();
      return TRANCHE_OK;
    case Mode::close_descriptors:
      for (int fd = 0; fd < 1024; ++fd) ::close(fd);
      return TRANCHE_OK;
    case Mode::report_surroundings:
      out[0][0] = spoiled(task);
      return TRANCHE_OK;
    case Mode::sigkill:
      ::raise(SIGKILL);
      return TRANCHE_OK;
    case Mode::sigterm:
      ::raise(SIGTERM);
      return TRANCHE_OK;
    case Mode::fork_returns:
      ::fork();
      return TRANCHE_OK;
    case Mode::leave_child:
      if (::fork() == 0) {
        while (true) ::pause();
      }
      std::abort();
    case Mode::slow:
      busy_sleep_ms(value);
      return TRANCHE_OK;
    case Mode::report_environment: {
      const char* threads = std::getenv("OMP_NUM_THREADS");
      out[0][0] = threads != nullptr ? std::atof(threads) : -1;
      out[0][1] = std::getenv("OMPI_COMM_WORLD_RANK") == nullptr ? 0 : 1;
      out[0][2] = static_cast<double>(task->seed % 1000);
      result->meta[0] = static_cast<double>(task->attempt);
      return TRANCHE_OK;
    }
    case Mode::big_then_free: {
      constexpr std::size_t bytes = std::size_t{64} << 20;
      void* piece = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      std::memset(piece, 1, bytes);
      busy_sleep_ms(10);
      ::munmap(piece, bytes);
      return TRANCHE_OK;
    }
  }
  return TRANCHE_OK;
}

}  // namespace

extern "C" uint32_t tranche_abi(void) {
  return TRANCHE_ABI;
}

extern "C" int tranche_load(const tranche_info*, void** shared) {
  static int table = 42;
  *shared = &table;
  return 0;
}

extern "C" int tranche_open(const tranche_info* info, void* shared, void** state) {
  facts = info;
  *state = shared;
  return *static_cast<int*>(shared) == 42 ? 0 : 1;
}

extern "C" int tranche_eval(void*, const tranche_task* task, double* const* out, tranche_result* result) {
  fill(out, task->x[1]);
  return misbehave(static_cast<Mode>(static_cast<int>(task->x[0])), task->x[1], task, out, result);
}

extern "C" void tranche_close(void*) {
  std::fprintf(stderr, "closed\n");
}
