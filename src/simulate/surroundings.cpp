#include "surroundings.hpp"

#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cfenv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "call_trap.hpp"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

extern char** environ;

namespace tranche::simulate {
namespace {

constexpr std::array<std::string_view, 16> mpi_prefixes{
    "OMPI_",       "PMIX_",       "ORTE_",          "PRTE_",        "PMI_",         "MPI_LOCAL",
    "MPIEXEC_",    "HYDRA_",      "SLURM_STEP_",    "SLURM_STEPID", "SLURM_PROCID", "SLURM_LOCALID",
    "SLURM_GTIDS", "SLURM_SRUN_", "SLURM_TASK_PID", "SLURM_PMI"};
constexpr std::array<std::string_view, 2> mpi_variables{"SLURM_MPI_TYPE", "SLURM_LAUNCH_NODE_IPADDR"};

constexpr std::array thread_variables{"OMP_NUM_THREADS",        "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                                      "BLIS_NUM_THREADS",       "NUMEXPR_NUM_THREADS",  "GOTO_NUM_THREADS",
                                      "VECLIB_MAXIMUM_THREADS", "JULIA_NUM_THREADS"};

extern "C" void ignore_signal(int) {}

/// What the signal handler needs to know.
struct CrashNotes {
  SlotHeader* header = nullptr;
  std::uintptr_t outputs_begin = 0;
  std::uintptr_t outputs_end = 0;
  std::uintptr_t stack_begin = 0;
};
// Process-wide by nature: a signal handler has no other way to find them.
CrashNotes notes;

/// Deeper than this below its lowest page, no function's variables reach.
constexpr std::uintptr_t below_stack = std::uintptr_t{1} << 20;

CrashPlace place_of(std::uintptr_t address) {
  if (address >= notes.outputs_begin && address < notes.outputs_end) return CrashPlace::outputs;
  if (address + below_stack >= notes.stack_begin && address < notes.stack_begin + below_stack)
    return CrashPlace::stack;
  return CrashPlace::unknown;
}

extern "C" void note_crash(int signal, siginfo_t* info, void*) {
  CallTrap::lift();
  SlotHeader& header = *notes.header;
  header.crash_errno.store(errno, std::memory_order_relaxed);
  const bool memory = (signal == SIGSEGV || signal == SIGBUS) && info->si_code > 0;
  const auto place = memory ? place_of(reinterpret_cast<std::uintptr_t>(info->si_addr)) : CrashPlace::unknown;
  header.crash_place.store(static_cast<std::int32_t>(place), std::memory_order_relaxed);
  header.crash_signal.store(signal, std::memory_order_relaxed);
  std::signal(signal, SIG_DFL);
  ::raise(signal);  // blocked until this handler returns, then fatal
}

/// Where the main thread's stack cannot grow beyond.
std::uintptr_t lowest_stack_address() {
  pthread_attr_t attributes;
  void* lowest = nullptr;
  std::size_t size = 0;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return 0;
  ::pthread_attr_getstack(&attributes, &lowest, &size);
  ::pthread_attr_destroy(&attributes);
  return reinterpret_cast<std::uintptr_t>(lowest);
}

extern "C" void leave_now(int status, void*) {
  std::fflush(nullptr);
  ::_exit(status);
}

}  // namespace

bool belongs_to_mpi(std::string_view name) {
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  return std::any_of(mpi_prefixes.begin(), mpi_prefixes.end(), begins) ||
         std::find(mpi_variables.begin(), mpi_variables.end(), name) != mpi_variables.end();
}

void scrub_environment() {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto name = text.substr(0, text.find('='));
    if (belongs_to_mpi(name)) names.emplace_back(name);
  }
  for (const auto& name : names) ::unsetenv(name.c_str());
}

std::vector<std::string> thread_settings(std::uint32_t threads) {
  std::vector<std::string> settings;
  for (const char* name : thread_variables)
    settings.push_back(std::string{name} + "=" + std::to_string(threads));
  return settings;
}

void set_thread_variables(std::uint32_t threads) {
  const std::string count = std::to_string(threads);
  for (const char* name : thread_variables) ::setenv(name, count.c_str(), 1);
}

void reset_signals() {
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
  // A handler, not SIG_IGN: the latter would be inherited by programs that user code starts.
  action.sa_handler = ignore_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) ::sigaction(signal, &action, nullptr);
  unblock_signals();
}

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void die_with_parent(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // it died before the call
}

void reset_floating_point() noexcept {
#if defined(__x86_64__)
  if (_mm_getcsr() != 0x1f80) _mm_setcsr(0x1f80);
  __asm__ volatile("fninit\n\tcld" ::: "cc");
#else
  std::fesetenv(FE_DFL_ENV);
#endif
}

void install_crash_notes(SlotHeader& header, std::span<const std::byte> outputs) {
  const auto begin = reinterpret_cast<std::uintptr_t>(outputs.data());
  notes = {&header, begin, begin + outputs.size(), lowest_stack_address()};
  static std::array<char, 65536> stack;
  stack_t alternate{};
  ::sigaltstack(nullptr, &alternate);
  if ((alternate.ss_flags & SS_DISABLE) != 0 || alternate.ss_size < stack.size()) {
    alternate = {};
    alternate.ss_sp = stack.data();
    alternate.ss_size = stack.size();
    ::sigaltstack(&alternate, nullptr);
  }
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_sigaction = note_crash;
  action.sa_flags = SA_ONSTACK | SA_SIGINFO;
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    struct sigaction present {};
    ::sigaction(number, nullptr, &present);
    if (present.sa_handler == SIG_DFL) ::sigaction(number, &action, nullptr);
  }
}

void leave_without_exit_handlers() {
  ::on_exit(leave_now, nullptr);
}

}  // namespace tranche::simulate
