#include "zygote.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

#include "captured_output.hpp"
#include "command_results.hpp"
#include "simulator.hpp"
#include "slot.hpp"
#include "slot_fleet.hpp"
#include "surroundings.hpp"
#include "tranche/base/errors.hpp"
#include "words.hpp"
#include "zygote_setup.hpp"

namespace tranche::simulate {
namespace {

constexpr int tick_ms = 10;
constexpr std::uint64_t trim_interval_ns = 50'000'000;
class Zygote {
 public:
  Zygote(const Setup& setup, int socket);

  void load();
  [[noreturn]] void serve();

 private:
  [[noreturn]] void become_slot(std::uint32_t slot);
  void handle_request();
  int patience_ms();
  void trim_now_and_then();
  void trim_output();
  void send(ZygoteMessage::Kind kind, const std::string& text = {});
  bool closing() const { return setup_.memory.host().closing.load() != 0; }
  [[noreturn]] void end();

  const Setup& setup_;
  int socket_;
  FileDescriptor child_signals_;
  pid_t own_pid_ = ::getpid();
  std::unique_ptr<Simulator> simulator_;
  SlotFleet fleet_;
  std::uint64_t trimmed_ns_ = 0;
};

Zygote::Zygote(const Setup& setup, int socket)
    : setup_{setup},
      socket_{socket},
      fleet_{setup, [this](std::uint32_t slot) { become_slot(slot); },
             [this](const std::string& text) { send(ZygoteMessage::Kind::fatal, text); }} {}

void Zygote::load() {
  simulator_ = load_simulator(setup_);
  std::fflush(nullptr);
  reset_signals();
  setup_.memory.host().zygote.store(ZygotePhase::serving);
  fleet_.keep_present_children();
  send(ZygoteMessage::Kind::loaded);
}

void Zygote::become_slot(std::uint32_t slot) {
  die_with_parent(own_pid_);
  ::setpgid(0, 0);
  reset_signals();
  ::close(socket_);
  child_signals_.reset();
  // Orphans of our samples stay with us, so that we know of them.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  setup_.memory.keep_only(slot);
  run_slot(setup_, *simulator_, slot);
}

void Zygote::serve() {
  // From now on the end of the socket tells of the agent's death: there is something to tidy up then.
  ::prctl(PR_SET_PDEATHSIG, 0);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  child_signals_.reset(::signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC));
  while (true) {
    pollfd wanted[2] = {{socket_, POLLIN, 0}, {child_signals_.get(), POLLIN, 0}};
    ::poll(wanted, 2, patience_ms());
    setup_.memory.host().resting.store(0, std::memory_order_relaxed);
    if (wanted[1].revents != 0) {
      signalfd_siginfo ignored[8];
      [[maybe_unused]] const auto length = ::read(child_signals_.get(), ignored, sizeof ignored);
      fleet_.reap();
    }
    if (wanted[0].revents != 0) handle_request();
    fleet_.supervise();
    trim_now_and_then();
    if (closing() && fleet_.started() && !fleet_.any_alive()) end();
  }
}

/// Without limit while there is nothing to watch: whoever queues a task then sees `resting` and stirs us.
int Zygote::patience_ms() {
  if (!fleet_.started()) return -1;
  if (!fleet_.quiet()) return tick_ms;
  auto& resting = setup_.memory.host().resting;
  resting.store(1, std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!fleet_.quiet()) return tick_ms;
  trim_output();
  return -1;
}

void Zygote::handle_request() {
  ZygoteMessage request;
  const ssize_t length = ::recv(socket_, &request, sizeof request, MSG_DONTWAIT);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length != sizeof request) end();
  switch (request.kind) {
    case ZygoteMessage::Kind::start:
      return fleet_.start();
    case ZygoteMessage::Kind::stir:
      return;
    case ZygoteMessage::Kind::distrust:
      return fleet_.distrust(request.slot);
    case ZygoteMessage::Kind::mended:
      return fleet_.mended(request.slot);
    default:
      end();
  }
}

void Zygote::trim_now_and_then() {
  const std::uint64_t now = monotonic_ns();
  if (now - trimmed_ns_ < trim_interval_ns) return;
  trimmed_ns_ = now;
  trim_output();
}

void Zygote::trim_output() {
  const auto out_limit = reads_stdout(setup_.spec) ? most_stdout_bytes : captured_limit_bytes;
  for (const SlotFiles& files : setup_.files) {
    trim_captured(files.out.get(), out_limit);
    trim_captured(files.err.get());
  }
}

void Zygote::send(ZygoteMessage::Kind kind, const std::string& text) {
  ZygoteMessage message;
  message.kind = kind;
  copy_text(text, message.text);
  if (::send(socket_, &message, sizeof message, MSG_NOSIGNAL) < 0 && errno == EPIPE) end();
}

void Zygote::end() {
  fleet_.kill_all();
  ::_exit(0);
}

void report_failure(int socket, const Failure& failure) {
  ZygoteMessage message;
  message.kind = ZygoteMessage::Kind::fatal;
  const std::string text = failure.what() + (failure.fix().empty() ? "" : " (try: " + failure.fix() + ")");
  copy_text(text, message.text);
  ::send(socket, &message, sizeof message, MSG_NOSIGNAL);
}

}  // namespace

void run_zygote(const Setup& setup, int socket, pid_t agent) {
  die_with_parent(agent);
  leave_agent(setup, socket);
  Zygote zygote{setup, socket};
  try {
    zygote.load();
  } catch (const Failure& failure) {
    report_failure(socket, failure);
    ::_exit(1);
  } catch (const std::exception& error) {
    report_failure(socket, Failure{ExitCode::environment,
                                   simulator_name(setup) + " threw an exception: " + error.what()});
    ::_exit(1);
  }
  zygote.serve();
}

}  // namespace tranche::simulate
