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

/// In the child, which shares our memory until exec: system calls only.
StartStep prepare(const StartPlan& plan, const sigset_t& mask) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);
  const int in = plan.in_path == nullptr ? lifted(plan.in, O_RDONLY) : -1;
  const int out = lifted(plan.out, O_WRONLY);
  const int err = lifted(plan.err, O_WRONLY);
  const int extra = plan.extra < 0 ? -1 : lifted(plan.extra, 0);
  if (plan.directory != nullptr && ::chdir(plan.directory) != 0) return StartStep::directory;
  const int opened = plan.in_path == nullptr ? -1 : ::open(plan.in_path, O_RDONLY | O_CLOEXEC);
  if (plan.in_path != nullptr && opened < 0) return StartStep::input;
  const int from = plan.in_path == nullptr ? in : lifted(opened, O_RDONLY);
  if (::dup2(from, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) return StartStep::descriptors;
  const int last = extra < 0 ? 2 : ::dup2(extra, 3);
  if (last < 0) return StartStep::descriptors;
#ifdef SYS_close_range
  ::syscall(SYS_close_range, last + 1, ~0u, close_range_cloexec);  // ours have the flag anyhow
#endif
  default_signals();
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
