#include "surroundings.hpp"

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

bool belongs_to_mpi(std::string_view name) {
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  return std::any_of(mpi_prefixes.begin(), mpi_prefixes.end(), begins) ||
         std::find(mpi_variables.begin(), mpi_variables.end(), name) != mpi_variables.end();
}

extern "C" void ignore_signal(int) {}

// Process-wide by nature: a signal handler has no other way to find them.
std::atomic<std::int32_t>* noted_signal = nullptr;
std::atomic<std::int32_t>* noted_error = nullptr;

extern "C" void note_crash(int signal) {
  noted_error->store(errno, std::memory_order_relaxed);
  noted_signal->store(signal, std::memory_order_relaxed);
  std::signal(signal, SIG_DFL);
  ::raise(signal);  // blocked until this handler returns, then fatal
}

extern "C" void leave_now(int status, void*) {
  std::fflush(nullptr);
  ::_exit(status);
}

}  // namespace

void scrub_environment() {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto name = text.substr(0, text.find('='));
    if (belongs_to_mpi(name)) names.emplace_back(name);
  }
  for (const auto& name : names) ::unsetenv(name.c_str());
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
  // Only SSE is worth the time: x87's environment is slow to load, so look before writing.
  if (_mm_getcsr() != 0x1f80) _mm_setcsr(0x1f80);
  unsigned short control = 0;
  __asm__ volatile("fnstcw %0" : "=m"(control));
  if (control != 0x037f) std::fesetenv(FE_DFL_ENV);
#else
  std::fesetenv(FE_DFL_ENV);
#endif
}

void install_crash_notes(std::atomic<std::int32_t>& signal, std::atomic<std::int32_t>& error) {
  noted_signal = &signal;
  noted_error = &error;
  static std::array<char, 65536> stack;
  stack_t alternate{};
  alternate.ss_sp = stack.data();
  alternate.ss_size = stack.size();
  ::sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = note_crash;
  action.sa_flags = SA_ONSTACK;
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::sigaction(number, &action, nullptr);
}

void leave_without_exit_handlers() {
  ::on_exit(leave_now, nullptr);
}

}  // namespace tranche::simulate
