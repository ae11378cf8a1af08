#include "zygote_link.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "simulator.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "words.hpp"
#include "zygote.hpp"

namespace tranche::simulate {

ZygoteLink::ZygoteLink(const Setup& setup) : setup_{setup} {
  struct stat log {};
  if (::fstat(setup.log_fd, &log) == 0) log_mark_ = static_cast<std::uint64_t>(log.st_size);
  int ends[2];
  checked_fd(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair for the zygote");
  socket_.reset(ends[0]);
  FileDescriptor theirs{ends[1]};
  std::fflush(nullptr);  // or the child would write what is buffered a second time
  const pid_t agent = ::getpid();
  pid_ = checked_fd(::fork(), "fork of the zygote");
  if (pid_ == 0) {
    socket_.reset();
    run_zygote(setup_, theirs.get(), agent);
  }
}

ZygoteLink::~ZygoteLink() {
  if (!alive()) return;
  const bool serving = setup_.memory.host().zygote.load() == ZygotePhase::serving;
  socket_.reset();  // it takes the end of file as an order to leave
  if (!serving || !wait_end(2)) kill();
}

void ZygoteLink::send(ZygoteMessage::Kind kind, std::uint32_t slot) {
  ZygoteMessage message;
  message.kind = kind;
  message.slot = slot;
  ::send(socket_.get(), &message, sizeof message, MSG_NOSIGNAL);
}

bool ZygoteLink::readable(double limit_s) const {
  pollfd wanted{socket_.get(), POLLIN, 0};
  return ::poll(&wanted, 1, static_cast<int>(std::ceil(limit_s * 1e3))) != 0;
}

ZygoteLink::Heard ZygoteLink::receive() {
  ZygoteMessage message;
  const ssize_t length = ::recv(socket_.get(), &message, sizeof message, MSG_DONTWAIT);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return Heard::nothing;
  if (length != sizeof message) return Heard::end;
  if (message.kind == ZygoteMessage::Kind::fatal)
    throw Failure{ExitCode::environment, std::string{bounded(message.text)}};
  return Heard::loaded;
}

void ZygoteLink::wait_loaded(double limit_s) {
  if (!readable(limit_s)) {
    kill();
    const bool loaded = std::holds_alternative<campaign::PluginSpec>(setup_.spec.simulator.kind);
    throw Failure{ExitCode::environment, simulator_name(setup_) +
                                             (loaded ? ": tranche_load did not return within "
                                                     : ": it could not be prepared within ") +
                                             format_duration(limit_s) + last_log_words()};
  }
  if (receive() == Heard::end) explain_death("loading");
}

void ZygoteLink::listen() {
  if (alive() && receive() == Heard::end) explain_death("running");
}

void ZygoteLink::explain_death(const char* meanwhile) {
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) status = 0;
  pid_ = 0;
  const std::string how = WIFSIGNALED(status) ? signal_word(WTERMSIG(status))
                                              : "exit code " + std::to_string(WEXITSTATUS(status));
  switch (setup_.memory.host().zygote.load()) {
    case ZygotePhase::loading:
      throw Failure{ExitCode::environment,
                    simulator_name(setup_) + " died in tranche_load (" + how + ")" + last_log_words()};
    case ZygotePhase::opening_library:
      throw Failure{ExitCode::environment,
                    simulator_name(setup_) + " died while it was loaded (" + how + ")" + last_log_words()};
    default: {
      // Nothing in it kills: somebody else did, and perhaps everything of this rank.
      const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
      throw Failure{killed ? ExitCode::stopped : ExitCode::environment,
                    "the process that starts simulators died while " + std::string{meanwhile} + " (" + how +
                        "); its slots are gone, nothing recorded is lost",
                    killed ? "tranche run" : ""};
    }
  }
}

std::string ZygoteLink::last_log_words() const {
  const std::string words = last_words(setup_.log_fd, log_mark_);
  return words.empty() ? "" : "; last words: " + words;
}

bool ZygoteLink::wait_end(double limit_s) {
  const std::uint64_t until = monotonic_ns() + static_cast<std::uint64_t>(limit_s * 1e9);
  while (alive()) {
    const pid_t reaped = ::waitpid(pid_, nullptr, WNOHANG);
    if (reaped == pid_ || (reaped < 0 && errno == ECHILD)) {
      pid_ = 0;
    } else if (monotonic_ns() >= until) {
      return false;
    } else {
      ::usleep(500);
    }
  }
  return true;
}

void ZygoteLink::kill() noexcept {
  if (!alive()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

}  // namespace tranche::simulate
