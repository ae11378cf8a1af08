#include "tranche/launch/job.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>

#include "child.hpp"
#include "launcher_talk.hpp"
#include "launcher_watch.hpp"
#include "messenger.hpp"
#include "patience.hpp"
#include "tranche/base/text.hpp"
#include "tranche/directory/files.hpp"
#include "tranche/directory/outcome.hpp"
#include "tranche/directory/owner.hpp"

namespace tranche::launch {
namespace {

constexpr int tick_ms = 500;
constexpr int hasty_tick_ms = 20;  ///< while a signal waits

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The signals a run reacts to, readable while this lives, as they were afterwards.
class SignalInbox {
 public:
  SignalInbox() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP})
      if (!ignored(signal)) sigaddset(&set, signal);  // nohup, or a background job of a script
    sigprocmask(SIG_BLOCK, &set, &before_);
    fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd_ < 0) throw IoError{"signalfd: not available"};
    broken_pipe_before_ = std::signal(SIGPIPE, SIG_IGN);
  }
  ~SignalInbox() {
    std::signal(SIGPIPE, broken_pipe_before_);
    close(fd_);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalInbox(const SignalInbox&) = delete;
  SignalInbox& operator=(const SignalInbox&) = delete;

  int fd() const noexcept { return fd_; }
  int take() const {
    signalfd_siginfo info;
    return read(fd_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  static bool ignored(int signal) {
    struct sigaction now {};
    return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
  }

  int fd_ = -1;
  sigset_t before_;
  void (*broken_pipe_before_)(int) = SIG_DFL;
};

/// First: a clean end. Second INT: the end.
void pass_on(int signal, Child& child, Messenger& messenger, int& interrupts) {
  if (signal == 0 || signal == SIGCHLD) return;
  if (signal == SIGINT && ++interrupts > 1) {
    child.kill_group();
    return;
  }
  // USR1 is how batch systems announce the end of an allocation: the ranks know how much time is left.
  messenger.add(signal == SIGUSR1 ? SIGUSR2 : SIGUSR1, seconds_now());
}

/// Empty if there is none, or if nobody can tell.
std::string owner_nonce(const directory::CampaignPaths& paths) {
  try {
    return directory::look_at_owner(paths).facts.nonce;
  } catch (const IoError&) {
    return {};
  }
}

/// Behind a launcher the ranks are known to listen when rank 0 owns the campaign: all are past MPI_Init then.
Messenger messenger_to(Child& child, const directory::CampaignPaths& paths, bool through_launcher) {
  const auto child_listens = [&child](int signal) { return withstands(child.pid(), signal).value_or(true); };
  const auto ranks_listen = [&paths, through_launcher, before = owner_nonce(paths)] {
    if (!through_launcher) return true;
    const auto now = owner_nonce(paths);
    return !now.empty() && now != before;
  };
  return {child_listens, ranks_listen, [&child](int signal) { child.signal(signal); }};
}

/// Said before anything starts. A full disk is another matter: it may still take what a run needs.
void require_writable(const std::filesystem::path& folder) {
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
  throw IoError{"cannot write in " + folder.string() + ": " + std::strerror(errno),
                "a run needs to write there; copy the campaign to another place if you may not"};
}

/// A rank that could not even write how it ended (a full disk) has said why on stderr.
bool told_by_exit_code(int status) {
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  return code == static_cast<int>(ExitCode::environment) || code == static_cast<int>(ExitCode::damaged);
}

/// All ranks have met, or one of them has said why not.
bool has_begun(const std::filesystem::path& outcome) {
  std::error_code ignored;
  return std::filesystem::exists(directory::signs_path(outcome), ignored) ||
         std::filesystem::exists(outcome, ignored);
}

/// After the ranks' last words a launcher may wait for a node that is gone.
constexpr double most_leave_s = 60;

void obey(Patience::Word word, Child& child) {
  if (word == Patience::Word::end) child.signal(SIGTERM);
  if (word == Patience::Word::kill) child.kill_group();
}

directory::Outcome never_met(const LauncherTalk& talk) {
  const auto why =
      talk.death().empty() ? std::string{"a node, or the launcher, does not answer"} : talk.death();
  return {ExitCode::environment,
          "the ranks have not come together within " + format_duration(start_limit_s()) + ": " + why +
              "; nothing recorded is lost",
          "look at the nodes, then type: tranche run (TRANCHE_START_S=900 in its environment gives the ranks "
          "15 minutes)"};
}

directory::Outcome explain_missing_outcome(int status, bool killed_by_us, const LauncherTalk& talk,
                                           const JobWatcher& watcher) {
  const std::string safe = "; nothing recorded is lost";
  if (killed_by_us) return {ExitCode::stopped, "killed" + safe, "tranche run"};
  if (!talk.death().empty()) return {ExitCode::stopped, talk.death() + safe, "tranche run"};
  if (const auto otherwise = watcher.otherwise ? watcher.otherwise() : std::nullopt) return *otherwise;
  if (WIFSIGNALED(status))
    return {ExitCode::stopped, "the run was killed by signal " + std::to_string(WTERMSIG(status)) + safe,
            "tranche run"};
  if (talk.job_is_over())
    return {ExitCode::stopped, "the job of Slurm is over: no rank could be started in it", "tranche submit"};
  const auto returned = "the launcher returned " + std::to_string(WEXITSTATUS(status));
  if (!talk.text().empty()) return {ExitCode::environment, returned + ":\n" + talk.text(), ""};
  if (told_by_exit_code(status))
    return {static_cast<ExitCode>(WEXITSTATUS(status)), "the run could not go on: its words are above" + safe,
            "mend what it names, then type: tranche run"};
  return {ExitCode::stopped, "the run died (" + returned + ")" + safe, "tranche run"};
}

}  // namespace

directory::Outcome run_job(const JobOptions& options, const JobWatcher& watcher) {
  const directory::CampaignPaths paths{options.campaign};
  directory::make_folder(paths.logs());
  require_writable(paths.root());
  require_writable(paths.logs());
  const auto outcome_file = paths.logs() / ("outcome-" + directory::new_nonce().substr(0, 12) + ".json");

  const SignalInbox signals;
  Child child{launcher_command(options, outcome_file)};
  LauncherTalk talk;
  LauncherWatch launcher{child.pid()};
  auto messenger = messenger_to(child, paths, ranks_of(options) > 1);
  const bool watched = ranks_of(options) > 1 && options.launcher == campaign::Launcher::mpirun;
  const bool meet = ranks_of(options) > 1 && options.tool.empty();
  Patience start{seconds_now(), start_limit_s()};
  std::optional<Patience> leave;  ///< from the last words on
  std::error_code ignored;
  bool hung = false;
  int interrupts = 0;
  while (!child.try_wait() || child.out().open() || child.err().open()) {
    std::array<pollfd, 3> fds{
        {{signals.fd(), POLLIN, 0}, {child.out().fd(), POLLIN, 0}, {child.err().fd(), POLLIN, 0}}};
    poll(fds.data(), fds.size(), messenger.waiting() ? hasty_tick_ms : tick_ms);
    while (const int signal = signals.take()) pass_on(signal, child, messenger, interrupts);
    messenger.deliver(seconds_now());
    if (fds[1].revents != 0) child.out().read_available(watcher.line_out);
    if (fds[2].revents != 0)
      child.err().read_available([&](const std::string& line) {
        if (!talk.takes(line)) watcher.line_err(line);
      });
    if (watched && !hung && launcher.bereft(seconds_now())) {
      hung = true;
      child.kill_group();
    }
    if (meet) obey(start.look(has_begun(outcome_file), seconds_now()), child);
    if (!leave && std::filesystem::exists(outcome_file, ignored)) leave.emplace(seconds_now(), most_leave_s);
    if (leave) obey(leave->look(false, seconds_now()), child);
    watcher.tick();
  }
  const auto end = directory::read_outcome(outcome_file);
  std::filesystem::remove(outcome_file, ignored);
  // After a rank's death the launcher cuts the lifeline of rank 0, which may still come to an orderly end.
  const bool cut = end && end->code == ExitCode::stopped && !talk.death().empty();
  if (hung && (!end || cut))
    return {ExitCode::stopped, "the ranks are gone, and the launcher waited on; nothing recorded is lost",
            "tranche run"};
  if (start.gave_up() && interrupts < 2 && (!end || cut)) return never_met(talk);
  return end && !cut ? *end : explain_missing_outcome(*child.try_wait(), interrupts > 1, talk, watcher);
}

}  // namespace tranche::launch
