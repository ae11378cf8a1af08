#include "signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "tranche/base/errors.hpp"

namespace tranche::daemon {

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGUSR1, SIGUSR2, SIGTERM, SIGINT}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) throw IoError{"signalfd: not available on this machine"};
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
}

Signals::~Signals() {
  close(fd_);
}

void Signals::let_term_end_us() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  std::signal(SIGTERM, SIG_DFL);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

int Signals::take() const {
  signalfd_siginfo info;
  return read(fd_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace tranche::daemon
