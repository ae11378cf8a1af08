/// \file
/// Child processes of a test.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace tranche::test {

/// Forks; the child ends with what `work` returns, or 99 if it throws.
template <class Work>
pid_t start_child(Work&& work) {
  const auto child = ::fork();
  if (child != 0) return child;
  int code = 99;
  try {
    code = std::forward<Work>(work)();
  } catch (...) {
  }
  ::_exit(code);
}

/// Exit code, or 128 + signal.
inline int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace tranche::test
