#include "zygote.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include "captured_output.hpp"
#include "process_tree.hpp"
#include "slot.hpp"
#include "slot_watch.hpp"
#include "surroundings.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

constexpr int tick_ms = 10;
constexpr std::uint64_t trim_interval_ns = 50'000'000;
/// So many new threads on the machine since the last look make it worth counting the slots' own.
constexpr std::size_t suspicious_growth = 128;
constexpr std::uint64_t count_interval_ns = 1'000'000'000;
constexpr std::uint64_t fork_interval_ns = 100'000'000;
constexpr int most_purge_rounds = 200;

class Zygote {
 public:
  Zygote(const Setup& setup, int socket)
      : setup_{setup}, socket_{socket}, info_{setup.spec, setup.options.campaign_dir} {}

  void settle_in();
  void load();
  [[noreturn]] void serve();

 private:
  void enter_quiet_place();
  void warn_about_threads() const;
  void start_slots();
  void spawn(std::uint32_t slot);
  void postpone(std::uint32_t slot, int error);
  void retry_forks(std::uint64_t now);
  [[noreturn]] void become_slot(std::uint32_t slot);
  void reap();
  void bury(pid_t pid, int status, const rusage& usage);
  void replace(std::uint32_t slot, const SlotDeath& death);
  void supervise();
  void handle_request();
  int patience_ms();
  bool all_quiet() const;
  void trim_output();
  void look_for_fork_bombs(std::uint64_t now);
  bool kill_strays();
  void purge_strays();
  void send(ZygoteMessage::Kind kind, const std::string& text = {});
  bool closing() const { return setup_.memory.host().closing.load() != 0; }
  bool any_alive() const;
  [[noreturn]] void end();

  const Setup& setup_;
  int socket_;
  FileDescriptor child_signals_;
  pid_t own_pid_ = 0;
  PluginInfo info_;
  Plugin plugin_;
  void* shared_ = nullptr;
  std::vector<SlotWatch> slots_;
  std::vector<pid_t> helpers_;             ///< children that tranche_load started and left
  std::set<std::uint32_t> unborn_;         ///< slots whose fork failed
  std::uint64_t forks_fail_since_ns_ = 0;  ///< 0: the last one did not
  std::uint64_t fork_again_ns_ = 0;
  bool strays_left_ = false;
  std::size_t tasks_seen_ = 0;  ///< tasks_on_machine() when nobody was over the limit
  std::uint64_t counted_ns_ = 0;
  std::uint64_t trimmed_ns_ = 0;
};

void Zygote::settle_in() {
  own_pid_ = ::getpid();
  // What a dead slot's samples left behind becomes our child, wherever it has hidden.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  leave_without_exit_handlers();
  ::setpgid(0, 0);  // a terminal's Ctrl-C is for the agent
  reset_signals();
  enter_quiet_place();
  scrub_environment();
  set_thread_variables(setup_.spec.resources.threads);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
}

/// No descriptor of the agent's stays open: a lock or a launcher's pipe would outlive the agent in us.
void Zygote::enter_quiet_place() {
  ::dup2(setup_.log_fd, STDOUT_FILENO);
  ::dup2(setup_.log_fd, STDERR_FILENO);
  const FileDescriptor nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  ::dup2(nothing.get(), STDIN_FILENO);
  std::vector<int> keep{0, 1, 2, socket_, setup_.wake_fd, nothing.get()};
  for (const SlotFiles& files : setup_.files) {
    keep.push_back(files.out.get());
    keep.push_back(files.err.get());
  }
  close_descriptors_except(keep.data(), keep.size());
}

void Zygote::load() {
  HostHeader& host = setup_.memory.host();
  host.zygote.store(ZygotePhase::opening_library);
  plugin_ = load_plugin(setup_.options.plugin_path);
  host.zygote.store(ZygotePhase::loading);
  if (plugin_.load != nullptr && plugin_.load(&info_.get(), &shared_) != 0) {
    const std::string text = info_.message();
    throw Failure{ExitCode::environment, "plug-in " + setup_.options.plugin_path + ": tranche_load failed: " +
                                             (text.empty() ? "no reason given" : text)};
  }
  std::fflush(nullptr);
  helpers_ = children_of(own_pid_);
  warn_about_threads();
  reset_signals();
  host.zygote.store(ZygotePhase::serving);
  send(ZygoteMessage::Kind::loaded);
}

void Zygote::warn_about_threads() const {
  struct stat tasks {};
  // A directory's link count is 2 plus its subdirectories: one for each thread.
  if (::stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3)
    std::fprintf(
        stderr,
        "tranche: the plug-in left %ld threads running after tranche_load; slots will not have them\n",
        static_cast<long>(tasks.st_nlink) - 3);
}

void Zygote::start_slots() {
  if (!slots_.empty()) return;
  for (std::uint32_t k = 0; k < setup_.options.slots; ++k)
    slots_.emplace_back(k, setup_.memory.slot(k), setup_.memory.verdict(k), setup_.spec.resources,
                        setup_.spec.simulator, setup_.files[k].err.get());
  for (std::uint32_t k = 0; k < slots_.size(); ++k) spawn(k);
}

void Zygote::spawn(std::uint32_t slot) {
  slots_[slot].before_birth();
  if (closing()) setup_.memory.slot(slot).header->closing.store(1);  // the agent may have set it just before
  const pid_t pid = ::fork();
  if (pid == 0) become_slot(slot);
  if (pid < 0) return postpone(slot, errno);
  forks_fail_since_ns_ = 0;
  ::setpgid(pid, pid);
  slots_[slot].born(pid, monotonic_ns() + static_cast<std::uint64_t>(setup_.options.load_limit_s * 1e9));
}

/// No process or memory is free for it now: the other slots take its tasks, and supervise() tries again.
void Zygote::postpone(std::uint32_t slot, int error) {
  const std::uint64_t now = monotonic_ns();
  if (forks_fail_since_ns_ == 0) {
    forks_fail_since_ns_ = now;
    std::fprintf(stderr, "tranche: fork of a slot: %s; trying again\n", std::strerror(error));
  }
  if (seconds(now - forks_fail_since_ns_) > setup_.options.fork_limit_s) {
    send(ZygoteMessage::Kind::fatal,
         std::string{"fork of a slot: "} + std::strerror(error) + ", again and again for " +
             format_duration(setup_.options.fork_limit_s) +
             " (try: fewer slots, or a higher limit on processes, see ulimit -u)");
    return;
  }
  unborn_.insert(slot);
  fork_again_ns_ = now + fork_interval_ns;
}

void Zygote::retry_forks(std::uint64_t now) {
  if (unborn_.empty() || now < fork_again_ns_ || closing()) return;
  for (const std::uint32_t slot : std::exchange(unborn_, {})) {
    if (slots_[slot].pid() == 0 && !slots_[slot].awaits_mending()) spawn(slot);
  }
}

void Zygote::become_slot(std::uint32_t slot) {
  die_with_parent(own_pid_);
  ::setpgid(0, 0);
  reset_signals();
  ::close(socket_);
  child_signals_.reset();
  slots_.clear();
  // Orphans of our samples stay with us, so that we know of them.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  setup_.memory.keep_only(slot);
  run_slot({setup_, plugin_, info_, shared_, slot});
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
      reap();
    }
    if (wanted[0].revents != 0) handle_request();
    supervise();
    if (closing() && !slots_.empty() && !any_alive()) end();
  }
}

/// Without limit while there is nothing to watch: whoever queues a task then sees `resting` and stirs us.
int Zygote::patience_ms() {
  if (slots_.empty()) return -1;
  if (!all_quiet()) return tick_ms;
  auto& resting = setup_.memory.host().resting;
  resting.store(1, std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!all_quiet()) return tick_ms;
  trim_output();
  return -1;
}

bool Zygote::all_quiet() const {
  return !strays_left_ &&
         std::all_of(slots_.begin(), slots_.end(), [](const SlotWatch& slot) { return slot.quiet(); });
}

void Zygote::handle_request() {
  ZygoteMessage request;
  const ssize_t length = ::recv(socket_, &request, sizeof request, MSG_DONTWAIT);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length != sizeof request) end();
  switch (request.kind) {
    case ZygoteMessage::Kind::start:
      return start_slots();
    case ZygoteMessage::Kind::stir:
      return;
    case ZygoteMessage::Kind::distrust:
      return slots_.at(request.slot).distrust();
    case ZygoteMessage::Kind::mended:
      slots_.at(request.slot).mended();
      if (slots_.at(request.slot).pid() == 0 && !closing()) spawn(request.slot);
      return;
    default:
      end();
  }
}

void Zygote::reap() {
  siginfo_t dead{};
  // First look, then kill what the slot left in its group, then reap: until then its number is not reused.
  while (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) == 0 && dead.si_pid != 0) {
    const pid_t pid = dead.si_pid;
    ::kill(-pid, SIGKILL);
    int status = 0;
    rusage usage{};
    if (::wait4(pid, &status, 0, &usage) == pid) bury(pid, status, usage);
    dead = {};
  }
}

/// Orphans of dead slots are ours: those of a live slot stay with it. False if there are none.
bool Zygote::kill_strays() {
  bool any = false;
  for (const pid_t pid : children_of(own_pid_)) {
    const auto is_slot = [pid](const SlotWatch& slot) { return slot.pid() == pid; };
    if (std::any_of(slots_.begin(), slots_.end(), is_slot)) continue;
    if (std::find(helpers_.begin(), helpers_.end(), pid) != helpers_.end()) continue;
    any = true;
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, WNOHANG);
  }
  return any;
}

/// Each round makes the children of those it kills ours, until there are none.
void Zygote::purge_strays() {
  for (int round = 0; round < most_purge_rounds; ++round) {
    strays_left_ = kill_strays();
    if (!strays_left_) return;
    ::usleep(100);
  }
}

void Zygote::bury(pid_t pid, int status, const rusage& usage) {
  const auto found =
      std::find_if(slots_.begin(), slots_.end(), [&](const SlotWatch& s) { return s.pid() == pid; });
  if (found == slots_.end()) return;  // a child that tranche_load left behind
  const SlotDeath death{status, usage, monotonic_ns()};
  const auto slot = static_cast<std::uint32_t>(found - slots_.begin());
  found->account_for(death);
  purge_strays();
  wake_agent(setup_.memory.host().armed, setup_.wake_fd);
  if (!closing() && !found->awaits_mending()) replace(slot, death);
}

void Zygote::replace(std::uint32_t slot, const SlotDeath& death) {
  if (!slots_[slot].hopeless()) {
    spawn(slot);
    return;
  }
  std::string text = "plug-in " + setup_.options.plugin_path + ": slot " + std::to_string(slot) +
                     " could not be opened, " + std::to_string(slots_[slot].failed_opens()) +
                     " times in a row: " + slots_[slot].why_not_open(death);
  const std::string said = last_words(STDERR_FILENO, slots_[slot].log_mark());
  if (!said.empty()) text += "; last words: " + said;
  send(ZygoteMessage::Kind::fatal, text);
}

void Zygote::supervise() {
  const std::uint64_t now = monotonic_ns();
  look_for_fork_bombs(now);  // first: one that kept us waiting may be past its deadline, too
  bool progress = false;
  for (SlotWatch& slot : slots_) {
    slot.enforce_limits(now);
    progress = slot.has_progressed() || progress;
  }
  // Slots wake the agent for many short runs at once; the last of them may precede a long one.
  if (progress) wake_agent(setup_.memory.host().armed, setup_.wake_fd);
  if (strays_left_) purge_strays();
  retry_forks(now);
  if (now - trimmed_ns_ < trim_interval_ns) return;
  trimmed_ns_ = now;
  trim_output();
}

void Zygote::look_for_fork_bombs(std::uint64_t now) {
  const std::size_t tasks = tasks_on_machine();
  tasks_seen_ = std::min(tasks_seen_, tasks);
  // Now and then in any case: what ends elsewhere may hide what grows here.
  if (tasks - tasks_seen_ < suspicious_growth && now - counted_ns_ < count_interval_ns) return;
  for (SlotWatch& slot : slots_) slot.enforce_process_limit();
  tasks_seen_ = tasks;
  counted_ns_ = now;
}

void Zygote::trim_output() {
  for (const SlotFiles& files : setup_.files) {
    trim_captured(files.out.get());
    trim_captured(files.err.get());
  }
}

bool Zygote::any_alive() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const SlotWatch& slot) { return slot.pid() != 0; });
}

void Zygote::send(ZygoteMessage::Kind kind, const std::string& text) {
  ZygoteMessage message;
  message.kind = kind;
  copy_text(text, message.text);
  if (::send(socket_, &message, sizeof message, MSG_NOSIGNAL) < 0 && errno == EPIPE) end();
}

void Zygote::end() {
  for (SlotWatch& slot : slots_) slot.kill_now();
  for (SlotWatch& slot : slots_) {
    if (slot.pid() != 0) ::waitpid(slot.pid(), nullptr, 0);
  }
  slots_.clear();
  helpers_.clear();
  purge_strays();
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
  Zygote zygote{setup, socket};
  zygote.settle_in();
  try {
    zygote.load();
  } catch (const Failure& failure) {
    report_failure(socket, failure);
    ::_exit(1);
  } catch (const std::exception& error) {
    report_failure(socket,
                   Failure{ExitCode::environment, std::string{"plug-in "} + setup.options.plugin_path +
                                                      " threw an exception: " + error.what()});
    ::_exit(1);
  }
  zygote.serve();
}

}  // namespace tranche::simulate
