#include "child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "tranche/base/errors.hpp"

extern char** environ;

namespace tranche::launch {
namespace {

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw IoError{std::string{"pipe: "} + std::strerror(errno)};
  }
};

}  // namespace

void LineReader::read_available(const std::function<void(const std::string&)>& line) {
  std::array<char, 8192> buffer;
  const auto got = ::read(fd_, buffer.data(), buffer.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    if (!partial_.empty()) line(partial_);
    partial_.clear();
    ::close(fd_);
    fd_ = -1;
    return;
  }
  partial_.append(buffer.data(), static_cast<std::size_t>(got));
  for (auto end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n')) {
    line(partial_.substr(0, end));
    partial_.erase(0, end + 1);
  }
}

Child::Child(const std::vector<std::string>& command) {
  Pipe in;
  Pipe out;
  Pipe err;
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in.ends[0], 0);
  posix_spawn_file_actions_adddup2(&files, out.ends[1], 1);
  posix_spawn_file_actions_adddup2(&files, err.ends[1], 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own: Ctrl-C in the terminal reaches the parent only, which turns it into a clean end.
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  const int code = posix_spawnp(&pid_, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  ::close(in.ends[0]);
  ::close(out.ends[1]);
  ::close(err.ends[1]);
  lifeline_ = in.ends[1];
  out_ = LineReader{out.ends[0]};
  err_ = LineReader{err.ends[0]};
  if (code != 0)
    throw Failure{ExitCode::environment, "cannot start `" + command[0] + "`: " + std::strerror(code),
                  command[0] == "mpirun" ? "install Open MPI, or run on one rank: tranche run -n 1" : ""};
}

Child::~Child() {
  if (pid_ > 0 && !try_wait()) {
    kill_group();
    waitpid(pid_, nullptr, 0);
  }
  ::close(lifeline_);
  if (out_.open()) ::close(out_.fd());
  if (err_.open()) ::close(err_.fd());
}

void Child::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

void Child::kill_group() const {
  if (!status_) ::kill(-pid_, SIGKILL);
}

std::optional<int> Child::try_wait() {
  int status = 0;
  if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

}  // namespace tranche::launch
