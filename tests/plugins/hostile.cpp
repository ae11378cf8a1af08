// A simulator that misbehaves on request. x = {mode, value}; see modes.hpp.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <atomic>
#include <cerrno>
#include <cfenv>
#include <climits>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
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
  for (const int signal : {SIGTERM, SIGSEGV, SIGALRM, SIGCHLD}) ::signal(signal, SIG_IGN);
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::setenv("OMP_NUM_THREADS", "77", 1);
  ::unsetenv("PATH");
  std::setlocale(LC_ALL, "C.UTF-8");
  const itimerval often{{3600, 0}, {3600, 0}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  const rlimit few{32, 32};
  ::setrlimit(RLIMIT_MSGQUEUE, &few);
  [[maybe_unused]] const int niceness = ::nice(7);
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(sched_getcpu(), &first);
  ::sched_setaffinity(0, sizeof first, &first);
  std::fesetround(FE_UPWARD);
  _mm_setcsr(_mm_getcsr() | 0x8040);  // flush to zero, denormals are zero
  __asm__ volatile("fldz\n\tfldz\n\tfldz\n\tfldz\n\tfldz\n\tfldz\n\tfldz");
}

int processors() {
  cpu_set_t mine;
  ::sched_getaffinity(0, sizeof mine, &mine);
  return CPU_COUNT(&mine);
}

void* signal_stack() {
  stack_t present{};
  ::sigaltstack(nullptr, &present);
  return present.ss_sp;
}

// 0 if everything is as a sample may expect it; else which one is not.
double spoiled(const tranche_task* task) {
  static void* const signal_stack_at_first = signal_stack();
  static const int processors_at_first = processors();
  static const int niceness_at_first = ::getpriority(PRIO_PROCESS, 0);
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
  if ((_mm_getcsr() & 0x8040) != 0) return 6;
  for (const int signal : {SIGTERM, SIGSEGV, SIGALRM, SIGCHLD}) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN) return 7;
  }
  const char* threads = std::getenv("OMP_NUM_THREADS");
  if (threads == nullptr || std::atoi(threads) == 77 || std::getenv("PATH") == nullptr) return 8;
  if (std::strcmp(std::setlocale(LC_ALL, nullptr), "C") != 0) return 9;
  itimerval timer{};
  ::getitimer(ITIMER_REAL, &timer);
  if (timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0) return 10;
  rlimit queues{};
  ::getrlimit(RLIMIT_MSGQUEUE, &queues);
  if (queues.rlim_cur == 32) return 11;
  if (::getpriority(PRIO_PROCESS, 0) != niceness_at_first) return 12;
  if (processors() != processors_at_first) return 13;
  long double sum = 0;
  for (int k = 1; k < 9; ++k) {
    volatile long double term = 1.0L / static_cast<long double>(k);
    sum += term;
  }
  if (!(sum > 2.7L && sum < 2.8L)) return 14;
  struct stat standard {};
  struct stat nothing {};
  if (::fstat(0, &standard) != 0 || ::stat("/dev/null", &nothing) != 0 || standard.st_ino != nothing.st_ino)
    return 15;
  if (signal_stack() != signal_stack_at_first) return 16;
  return 0;
}

// Never more than 3000 processes, none for longer than 40 s, and 30 s of forking: tests must not fell the
// machine.
int bomb(bool escaping) {
  void* shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* count = new (shared) std::atomic<int>{0};
  while (*count < 1500) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::alarm(40);
      if (escaping) ::setsid();
    }
    if (pid >= 0) ++*count;
  }
  while (true) ::pause();
}

int many_threads() {
  pthread_attr_t small;
  ::pthread_attr_init(&small);
  ::pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN);
  const auto rest = [](void*) -> void* {
    while (true) ::pause();
  };
  pthread_t thread;
  for (int k = 0; k < 2000; ++k) ::pthread_create(&thread, &small, rest, nullptr);
  while (true) ::pause();
}

struct Range {
  char* begin = nullptr;
  std::size_t bytes = 0;
};

// What a wild pointer may hit.
Range shared_memory() {
  std::FILE* maps = std::fopen("/proc/self/maps", "r");
  char line[512];
  Range found;
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long begin = 0, end = 0;
    if (std::strstr(line, "tranche-slots") == nullptr || std::strstr(line, " rw-s ") == nullptr) continue;
    if (std::sscanf(line, "%lx-%lx", &begin, &end) == 2)
      found = {reinterpret_cast<char*>(begin), end - begin};
  }
  std::fclose(maps);
  return found;
}

void scribble() {
  const Range range = shared_memory();
  std::memset(range.begin, 0xa5, range.bytes);
}

void scribble_later() {
  pthread_t thread;
  ::pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        busy_sleep_ms(20);
        scribble();
        while (true) ::pause();
      },
      nullptr);
}

void forge_count() {
  // Second cache line of the area: how many tasks are finished.
  auto* finished = reinterpret_cast<std::atomic<std::uint32_t>*>(shared_memory().begin + 64);
  finished->fetch_add(1);
  busy_sleep_ms(100);
}

sigjmp_buf way_back;
volatile int* volatile nowhere = nullptr;
void jump_back(int) {
  ::siglongjmp(way_back, 1);
}

// As a program does that probes memory: whether both signals came back.
bool own_handlers() {
  constexpr std::size_t bytes = 65536;
  stack_t mine{};
  mine.ss_sp = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mine.ss_size = bytes;
  ::sigaltstack(&mine, nullptr);
  struct sigaction action {};
  action.sa_handler = jump_back;
  action.sa_flags = SA_ONSTACK;
  ::sigaction(SIGSEGV, &action, nullptr);
  ::sigaction(SIGSYS, &action, nullptr);
  volatile int survived = 0;
  if (::sigsetjmp(way_back, 1) == 0)
    *nowhere = 1;
  else
    survived = survived + 1;
  if (::sigsetjmp(way_back, 1) == 0)
    ::raise(SIGSYS);
  else
    survived = survived + 1;
  ::munmap(mine.ss_sp, bytes);
  return survived == 2;
}

int throw_in_comparison(const void*, const void*) {
  throw std::runtime_error{"compared in vain"};
}

void leave_child(bool daemon) {
  const pid_t pid = ::fork();
  if (pid != 0) {
    if (daemon) {
      int status = 0;
      while (::waitpid(pid, &status, 0) != pid) {
      }
    }
    return;
  }
  if (daemon) {
    ::setsid();
    if (::fork() != 0) ::_exit(0);
  }
  while (true) ::pause();
}

void redirect_standard() {
  for (int fd = 0; fd < 3; ++fd) {
    ::close(fd);
    ::open("/dev/zero", O_RDWR);
  }
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
    case Mode::infinite:
      out[1][0] = -std::numeric_limits<double>::infinity();
      return TRANCHE_OK;
    case Mode::subnormal:
      out[0][0] = std::numeric_limits<double>::denorm_min();
      out[0][1] = 1e-310;
      out[1][0] = 1e-42;
      return TRANCHE_OK;
    case Mode::fork_bomb:
      return bomb(false);
    case Mode::escaping_bomb:
      return bomb(true);
    case Mode::thread_bomb:
      return many_threads();
    case Mode::underrun: {
      volatile double* first = out[0];
      first[-1] = 0;
      return TRANCHE_OK;
    }
    case Mode::overrun_between: {
      volatile double* first = out[0];
      first[facts->outputs[0].n] = 0;
      return TRANCHE_OK;
    }
    case Mode::scribble:
      scribble();
      return TRANCHE_OK;
    case Mode::scribble_crash:
      scribble();
      std::abort();
    case Mode::scribble_hang:
      scribble();
      while (true) ::pause();
    case Mode::forge_count:
      forge_count();
      return TRANCHE_OK;
    case Mode::become_program:
      ::execl("/bin/true", "true", static_cast<char*>(nullptr));
      return TRANCHE_OK;
    case Mode::thread_exit:
      ::pthread_exit(nullptr);
    case Mode::leave_thread: {
      pthread_t thread;
      ::pthread_create(
          &thread, nullptr,
          [](void*) -> void* {
            while (true) ::pause();
          },
          nullptr);
      return TRANCHE_OK;
    }
    case Mode::stop_itself:
      ::raise(SIGSTOP);
      return TRANCHE_OK;
    case Mode::terminate:
      std::terminate();
    case Mode::throws_through_c: {
      int numbers[4] = {4, 3, 2, 1};
      std::qsort(numbers, 4, sizeof(int), throw_in_comparison);
      return TRANCHE_OK;
    }
    case Mode::leave_alarm: {
      const itimerval soon{{0, 0}, {0, 50'000}};
      ::setitimer(ITIMER_REAL, &soon, nullptr);
      return TRANCHE_OK;
    }
    case Mode::leave_helper:
      leave_child(false);
      return TRANCHE_OK;
    case Mode::leave_daemon:
      leave_child(true);
      return TRANCHE_OK;
    case Mode::leak: {
      constexpr std::size_t bytes = std::size_t{30} << 20;
      void* piece = std::malloc(bytes);
      std::memset(piece, 1, bytes);
      return *static_cast<volatile char*>(piece) == 1 ? TRANCHE_OK : TRANCHE_FAILED;
    }
    case Mode::deaf_hang: {
      for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_IGN);
      sigset_t all;
      sigfillset(&all);
      ::sigprocmask(SIG_SETMASK, &all, nullptr);
      while (true) ::pause();
    }
    case Mode::close_standard:
      redirect_standard();
      return TRANCHE_OK;
    case Mode::scribble_later:
      scribble_later();
      return TRANCHE_OK;
    case Mode::own_handlers:
      return own_handlers() ? TRANCHE_OK : TRANCHE_FAILED;
    case Mode::held: {
      const std::string go = std::string{facts->campaign_dir} + "/go";
      while (::access(go.c_str(), F_OK) != 0) busy_sleep_ms(5);
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
