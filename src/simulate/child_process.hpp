/// \file
/// A program that a slot starts, and its end.
/// Layer: adapter (simulate). In slots; nothing of the slot's leaks into the program.
///
/// For programs that live longer than a sample. Those that are one sample are started by the spawner
/// (spawner.hpp): the kernel counts the peak memory of whoever starts a program as the program's own
/// (ru_maxrss), and a slot is large.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tranche::simulate {

/// What to start, and what it finds.
struct ProgramStart {
  std::string program;                 ///< absolute path
  std::vector<std::string> arguments;  ///< argv, the program's name included
  std::vector<std::string> variables;  ///< NAME=VALUE, in addition to, or instead of, those of the slot
  std::string directory;               ///< working directory; empty: the slot's
  int in = -1;                         ///< descriptors, not consumed; -1: /dev/null
  int out = -1;
  int err = -1;
  bool scrub = false;  ///< without the variables of our MPI job, where the zygote has not removed them
  int extra = -1;      ///< becomes descriptor 3; -1: none
};

/// How a program ended.
struct ProgramEnd {
  int exit_code = 0;  ///< 0 if a signal ended it
  int signal = 0;     ///< 0: none
  rusage usage{};     ///< of it and all below it that it waited for
  double cpu_s() const noexcept;
};

/// From the status of wait4().
ProgramEnd program_end(int status, const rusage& usage) noexcept;

/// A started program, leader of a process group of its own, which dies with the slot. Killed and reaped with
/// its group by the destructor if it still runs.
class ChildProcess {
 public:
  /// \throws Failure{environment} with the step, the path and the system's words
  explicit ChildProcess(const ProgramStart& start);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept : pid_{std::exchange(other.pid_, 0)} {}
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  /// 0: it has been reaped.
  pid_t pid() const noexcept { return pid_; }
  /// Its end, if it has ended; what is left of its group is killed then. Not to be called after that.
  std::optional<ProgramEnd> poll_end() noexcept { return reap(false); }
  /// Waits for it.
  ProgramEnd wait_end() noexcept { return *reap(true); }
  /// SIGKILL to its group. It still has to be reaped.
  void kill() const noexcept;

 private:
  std::optional<ProgramEnd> reap(bool wait) noexcept;

  pid_t pid_ = 0;
};

/// `environ` with `variables` (NAME=VALUE) added, or put in place of those of the same name. Ends in nullptr;
/// points into both.
enum class Scrub { no, yes };
std::vector<char*> merged_environment(const std::vector<std::string>& variables, Scrub scrub = Scrub::no);

/// The texts as execve() wants them: ends in nullptr, points into `texts`.
std::vector<char*> pointers_to(const std::vector<std::string>& texts);

}  // namespace tranche::simulate
