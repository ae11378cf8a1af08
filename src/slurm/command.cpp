#include "command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string_view>

extern char** environ;

namespace tranche::slurm {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t most_bytes = std::size_t{64} << 10;

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const auto& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

/// What squeue prints, and what describes the job that we are part of: sbatch hands it on to the new one.
constexpr std::array<std::string_view, 19> left_out{
    "SQUEUE_",      "SLURMD_",       "SLURM_JOB",    "SLURM_STEP", "SLURM_CPU",
    "SLURM_NTASKS", "SLURM_NPROCS",  "SLURM_NNODES", "SLURM_NODE", "SLURM_TASK",
    "SLURM_PROCID", "SLURM_LOCALID", "SLURM_GTIDS",  "SLURM_MEM",  "SLURM_TRES",
    "SLURM_ARRAY",  "SLURM_RESTART", "SLURM_SUBMIT", "SLURM_PRIO"};

std::vector<char*> plain_environment() {
  std::vector<char*> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable{*entry};
    if (std::none_of(left_out.begin(), left_out.end(),
                     [&](const auto each) { return variable.starts_with(each); }))
      all.push_back(*entry);
  }
  all.push_back(nullptr);
  return all;
}

/// Starts it with both outputs in `write_end` and no signal blocked; -1 if it is not there.
pid_t spawn(const std::vector<std::string>& command, int write_end) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, write_end, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, write_end, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  // A group of its own: what it has started goes with it.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  const auto arguments = pointers(command);
  const auto environment = plain_environment();
  pid_t pid = -1;
  if (posix_spawnp(&pid, arguments[0], &files, &attributes, arguments.data(), environment.data()) != 0)
    pid = -1;
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return pid;
}

/// True when all is read, false when the time is over.
bool read_to_end(int fd, Clock::time_point until, std::string& text) {
  std::array<char, 4096> buffer;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd output{fd, POLLIN, 0};
    if (left <= 0 || poll(&output, 1, static_cast<int>(left)) == 0) return false;
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got == 0) return true;
    if (got > 0)
      text.append(buffer.data(), std::min(static_cast<std::size_t>(got), most_bytes - text.size()));
  }
}

}  // namespace

std::optional<CommandEnd> run_command(const std::vector<std::string>& command, double limit_s) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const pid_t pid = spawn(command, ends[1]);
  ::close(ends[1]);
  CommandEnd end;
  const auto until =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{limit_s});
  const bool whole = pid > 0 && read_to_end(ends[0], until, end.text);
  ::close(ends[0]);
  if (pid <= 0) return std::nullopt;
  if (!whole) ::kill(-pid, SIGKILL);
  while (::waitpid(pid, &end.status, 0) < 0 && errno == EINTR) {
  }
  return whole ? std::optional{end} : std::nullopt;
}

}  // namespace tranche::slurm
