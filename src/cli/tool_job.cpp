#include "tool_job.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "tranche/base/errors.hpp"
#include "tranche/launch/job.hpp"

namespace tranche::cli {

namespace fs = std::filesystem;

fs::path tranched_beside_us() {
  const auto beside = beside_us("tranched");
  if (fs::exists(beside)) return beside;
  throw Failure{ExitCode::environment, beside.string() + " is missing: the installation is not whole",
                "tools/build"};
}

fs::path beside_us(const std::string& program) {
  return fs::read_symlink("/proc/self/exe").parent_path() / program;
}

namespace {

/// None ends us between the folder's making and its guard's; the guard keeps it so.
class WithoutSignals {
 public:
  WithoutSignals() {
    sigset_t ours;
    sigemptyset(&ours);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&ours, signal);
    ::sigprocmask(SIG_BLOCK, &ours, &before_);
  }
  ~WithoutSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;

 private:
  sigset_t before_;
};

/// What dying ranks still write is removed too.
void remove_stubbornly(const fs::path& folder) {
  constexpr int most_tries = 300;
  std::error_code ignored;
  for (int tries = 0; tries < most_tries; ++tries) {
    fs::remove_all(folder, ignored);
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    if (!fs::exists(folder, ignored)) return;
  }
}

/// Until something comes, or nothing can any more.
void wait_for_end_of(int pipe) {
  char byte = 0;
  while (::read(pipe, &byte, 1) < 0 && errno == EINTR) {
  }
}

/// Out of reach of the terminal and of whoever waits for our output; `begun` is closed as soon as that is so.
[[noreturn]] void guard(const fs::path& folder, int lifeline, int begun) {
  ::setsid();
  ::close(begun);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) ::dup2(nothing, fd);
  wait_for_end_of(lifeline);
  std::error_code ignored;
  if (fs::exists(folder, ignored)) remove_stubbornly(folder);
  ::_exit(0);
}

}  // namespace

WorkFolder::WorkFolder(const fs::path& inside) {
  const WithoutSignals quiet;
  std::string name = (fs::absolute(inside) / ".tranche-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw IoError{"cannot make a folder in " + inside.string() + ": " + std::strerror(errno)};
  path_ = name;
  int ends[2];
  int begun[2];
  if (::pipe2(ends, O_CLOEXEC) != 0 || ::pipe2(begun, O_CLOEXEC) != 0) return;
  guard_ = ::fork();
  if (guard_ == 0) {
    ::close(ends[1]);
    ::close(begun[0]);
    guard(path_, ends[0], begun[1]);
  }
  ::close(ends[0]);
  ::close(begun[1]);
  wait_for_end_of(begun[0]);
  ::close(begun[0]);
  lifeline_ = ends[1];
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lifeline_);
  if (guard_ > 0) ::waitpid(guard_, nullptr, 0);
}

directory::Outcome run_tool(const ToolJob& job, std::string& talk) {
  launch::JobOptions options;
  options.campaign = job.folder;
  options.tranched = tranched_beside_us();
  options.tool = job.tool;
  options.ranks = job.ranks;
  options.slots = job.slots;
  options.slot_cores = job.slot_cores;
  options.launcher = job.launcher;
  options.allocation = slurm::read_allocation();
  launch::JobWatcher watcher;
  watcher.line_out = watcher.line_err = [&](const std::string& line) { talk += line + "\n"; };
  watcher.tick = [] {};
  return launch::run_job(options, watcher);
}

}  // namespace tranche::cli
