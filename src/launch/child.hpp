/// \file
/// A child process in its own process group, its output on pipes. Its input is a pipe too, on which nothing
/// comes but the end, when this process is gone.
/// Layer: launch (POSIX).
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tranche::launch {

/// Splits a byte stream into lines.
class LineReader {
 public:
  explicit LineReader(int fd) : fd_{fd} {}
  int fd() const noexcept { return fd_; }
  bool open() const noexcept { return fd_ >= 0; }
  /// Reads what is there; calls back for every whole line. At the end of the stream closes itself.
  void read_available(const std::function<void(const std::string&)>& line);

 private:
  int fd_;
  std::string partial_;
};

class Child {
 public:
  /// \throws Failure{environment} naming the program that could not be started
  explicit Child(const std::vector<std::string>& command);
  ~Child();  ///< kills what is left
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;
  void kill_group() const;
  /// Wait status once it has ended.
  std::optional<int> try_wait();

  LineReader& out() noexcept { return out_; }
  LineReader& err() noexcept { return err_; }

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
  int lifeline_ = -1;
  LineReader out_{-1};
  LineReader err_{-1};
};

}  // namespace tranche::launch
