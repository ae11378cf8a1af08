#include "start_program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace tranche::simulate {
namespace {

constexpr unsigned close_range_cloexec = 1u << 2;
constexpr int first_free = 4;

/// Copies above 2, so that none is overwritten before its turn.
int lifted(int fd, int flags) noexcept {
  if (fd < 0) fd = ::open("/dev/null", flags | O_CLOEXEC);
  return fd < 0 ? fd : ::fcntl(fd, F_DUPFD_CLOEXEC, first_free);
}

/// What is ignored stays ignored after exec: only handlers are reset by the kernel.
void default_signals() noexcept {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction present {};
    if (::sigaction(number, nullptr, &present) == 0 && present.sa_handler != SIG_DFL)
      ::sigaction(number, &action, nullptr);
  }
}

/// A path, if there is one, instead of what the caller has.
StartStep place_input(const char* path) noexcept {
  if (path == nullptr) return StartStep::exec;
  const int opened = ::open(path, O_RDONLY | O_CLOEXEC);
  if (opened < 0) return StartStep::input;
  return ::dup2(lifted(opened, O_RDONLY), 0) < 0 ? StartStep::descriptors : StartStep::exec;
}

StartStep place_descriptors(const StartPlan& plan) noexcept {
  const int in = lifted(plan.in, O_RDONLY);
  const int out = lifted(plan.out, O_WRONLY);
  const int err = lifted(plan.err, O_WRONLY);
  const int extra = plan.extra < 0 ? -1 : lifted(plan.extra, 0);
  if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) return StartStep::descriptors;
  const int last = extra < 0 ? 2 : ::dup2(extra, 3);
  if (last < 0) return StartStep::descriptors;
#ifdef SYS_close_range
  ::syscall(SYS_close_range, last + 1, ~0u, close_range_cloexec);  // ours have the flag anyhow
#endif
  return StartStep::exec;
}

/// In the child, which shares our memory until exec: system calls only. Returns where it failed.
StartStep prepare(const StartPlan& plan, const sigset_t& mask) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);
  if (!plan.inherits) {
    if (const auto failed = place_descriptors(plan); failed != StartStep::exec) return failed;
    default_signals();
  }
  if (plan.directory != nullptr && ::chdir(plan.directory) != 0) return StartStep::directory;
  if (const auto failed = place_input(plan.in_path); failed != StartStep::exec) return failed;
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execve(plan.program, plan.arguments, plan.variables);
  return StartStep::exec;
}

/// The child writes into `step` and `error`, which are the caller's.
[[gnu::noinline]] pid_t fork_and_prepare(const StartPlan& plan, volatile StartStep& step,
                                         volatile int& error) noexcept {
  sigset_t none;
  sigemptyset(&none);
  const pid_t pid = ::vfork();
  if (pid != 0) return pid;
  errno = 0;
  step = prepare(plan, none);
  error = errno;
  ::_exit(127);
}

}  // namespace

Started start_program(const StartPlan& plan) noexcept {
  // A handler of ours must not run in the child: it has our memory.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  volatile StartStep step = StartStep::fork;
  volatile int error = 0;
  errno = 0;
  const pid_t pid = fork_and_prepare(plan, step, error);
  const int fork_error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return {-1, StartStep::fork, fork_error};
  if (error == 0) return {pid, StartStep::exec, 0};
  ::waitpid(pid, nullptr, 0);
  return {-1, step, error};
}

void kill_group(pid_t leader) noexcept {
  ::kill(-leader, SIGKILL);
  ::kill(leader, SIGKILL);
}

}  // namespace tranche::simulate
