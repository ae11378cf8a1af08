#include "process_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#if __has_include(<sys/single_threaded.h>)  // glibc 2.32
#include <sys/single_threaded.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "process_tree.hpp"

namespace tranche::simulate {
namespace {

/// A directory's link count is 2 plus its subdirectories: one for each thread.
std::size_t thread_count() noexcept {
  struct stat tasks {};
  return ::stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 2 ? tasks.st_nlink - 2 : 1;
}

constexpr std::array timers{ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};

void stop_timers() noexcept {
  for (const auto timer : timers) {
    itimerval running{};
    ::getitimer(timer, &running);
    if (running.it_value.tv_sec == 0 && running.it_value.tv_usec == 0) continue;
    const itimerval none{};
    ::setitimer(timer, &none, nullptr);
  }
}

/// A number that samples leave more and more descriptors open up to.
bool too_many_descriptors(const rlimit& limit) noexcept {
  const int lowest_free = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  if (lowest_free < 0) return true;
  ::close(lowest_free);
  return static_cast<rlim_t>(lowest_free) > std::min<rlim_t>(limit.rlim_cur / 2, 512);
}

}  // namespace

ProcessState::ProcessState(int directory_fd, std::uint32_t threads)
    : directory_fd_{directory_fd}, umask_{::umask(022)} {
  ::umask(umask_);
  for (int fd = 0; fd < 3; ++fd) standard_[static_cast<std::size_t>(fd)] = identity(fd);
  for (int number = 1; number < signals; ++number)
    ::sigaction(number, nullptr, &handlers_[static_cast<std::size_t>(number)]);
  ::sigaltstack(nullptr, &signal_stack_);
  for (int kind = 0; kind < RLIM_NLIMITS; ++kind)
    ::getrlimit(static_cast<__rlimit_resource>(kind), &limits_[static_cast<std::size_t>(kind)]);
  priority_ = ::getpriority(PRIO_PROCESS, 0);
  ::sched_getaffinity(0, sizeof processors_, &processors_);
  most_threads_ = thread_count() + std::max(threads, 1u) - 1;
  children_ = children_of(::getpid());
}

bool ProcessState::has_threads() noexcept {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded == 0;
#else
  return thread_count() > 1;
#endif
}

bool ProcessState::restore_basics() const noexcept {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(umask_);
  return ::fchdir(directory_fd_) == 0;
}

bool ProcessState::restore() const {
  stop_timers();  // first: a signal must not arrive once it is no longer blocked
  bool sound = restore_handlers();
  sound = restore_signal_stack() && sound;
  sound = restore_basics() && sound;
  sound = restore_limits() && sound;
  sound = restore_scheduling() && sound;
  return sound && descriptors_intact() && !left_children() && !left_threads();
}

ProcessState::FileIdentity ProcessState::identity(int fd) noexcept {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

bool ProcessState::descriptors_intact() const noexcept {
  for (int fd = 0; fd < 3; ++fd) {
    if (identity(fd) != standard_[static_cast<std::size_t>(fd)]) return false;
  }
  return !too_many_descriptors(limits_[RLIMIT_NOFILE]);
}

bool ProcessState::restore_handlers() const noexcept {
  for (int number = 1; number < signals; ++number) {
    const auto& wanted = handlers_[static_cast<std::size_t>(number)];
    struct sigaction present {};
    if (::sigaction(number, nullptr, &present) != 0) continue;
    if (present.sa_handler == wanted.sa_handler && present.sa_flags == wanted.sa_flags) continue;
    if (::sigaction(number, &wanted, nullptr) != 0) return false;
  }
  return true;
}

/// Our handlers run on it, too: on memory that a sample has freed they would write over somebody's data.
bool ProcessState::restore_signal_stack() const noexcept {
  stack_t present{};
  ::sigaltstack(nullptr, &present);
  const bool same = present.ss_sp == signal_stack_.ss_sp && present.ss_size == signal_stack_.ss_size &&
                    present.ss_flags == signal_stack_.ss_flags;
  return same || ::sigaltstack(&signal_stack_, nullptr) == 0;
}

bool ProcessState::restore_limits() const noexcept {
  for (int kind = 0; kind < RLIM_NLIMITS; ++kind) {
    const auto& wanted = limits_[static_cast<std::size_t>(kind)];
    const auto resource = static_cast<__rlimit_resource>(kind);
    rlimit present{};
    ::getrlimit(resource, &present);
    if (present.rlim_cur == wanted.rlim_cur && present.rlim_max == wanted.rlim_max) continue;
    if (::setrlimit(resource, &wanted) != 0) return false;
  }
  return true;
}

bool ProcessState::restore_scheduling() const noexcept {
  if (::getpriority(PRIO_PROCESS, 0) != priority_ && ::setpriority(PRIO_PROCESS, 0, priority_) != 0)
    return false;
  cpu_set_t present{};
  ::sched_getaffinity(0, sizeof present, &present);
  return std::memcmp(&present, &processors_, sizeof present) == 0 ||
         ::sched_setaffinity(0, sizeof processors_, &processors_) == 0;
}

bool ProcessState::left_children() const {
  const auto ours = [&](pid_t pid) {
    return std::find(children_.begin(), children_.end(), pid) != children_.end();
  };
  while (true) {
    siginfo_t dead{};
    if (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0)
      return false;  // no child at all
    if (dead.si_pid == 0 || ours(dead.si_pid)) break;
    ::waitpid(dead.si_pid, nullptr, __WALL);
  }
  if (children_.empty()) return true;
  const auto present = children_of(::getpid());
  return !std::all_of(present.begin(), present.end(), ours);
}

bool ProcessState::left_threads() const noexcept {
  return has_threads() && thread_count() > most_threads_;
}

}  // namespace tranche::simulate
