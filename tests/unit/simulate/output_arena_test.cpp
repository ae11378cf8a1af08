// Arrays that tell when somebody writes beside them.
#include "output_arena.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <vector>

using namespace tranche::simulate;

namespace {

/// Whether a child that writes there dies of it.
bool faults(double* at) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    *static_cast<volatile double*>(at) = 1;
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

std::size_t page() {
  return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("every output ends where nobody may write") {
  const std::vector<std::size_t> sizes{5, 1, 177, 512, 513};
  OutputArena arena{sizes};
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    double* const first = arena.starts()[k];
    CHECK(!faults(first));
    CHECK(!faults(first + sizes[k] - 1));
    CHECK(faults(first + sizes[k]));
  }
}

TEST_CASE("a write just before an output is noticed, and which output it was") {
  const std::vector<std::size_t> sizes{5, 1, 177, 512, 513};
  OutputArena arena{sizes};
  CHECK(!arena.overwritten());
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    for (const std::ptrdiff_t distance : {1, 8}) {
      double& victim = arena.starts()[k][-distance];
      const double before = victim;
      victim = 0;
      CHECK(arena.overwritten() == k);
      victim = before;
    }
  }
  CHECK(!arena.overwritten());
}

TEST_CASE("a write far before an output faults") {
  OutputArena arena{std::vector<std::size_t>{4, 4}};
  const auto far = static_cast<std::ptrdiff_t>(page() / sizeof(double));
  CHECK(faults(arena.starts()[0] - far));
  CHECK(faults(arena.starts()[1] - far));
}

TEST_CASE("a thousand scalars do not take a thousand pages, and still notice their neighbours") {
  OutputArena arena{std::vector<std::size_t>(1000, 1)};
  CHECK(arena.mapping().size() < 40 * page());
  arena.starts()[41][1] = 0;
  CHECK(arena.overwritten() == 42);
  CHECK(faults(arena.starts()[999] + 1));
}

TEST_CASE("clearing touches the outputs and nothing else") {
  const std::vector<std::size_t> sizes{3, 100};
  OutputArena arena{sizes};
  arena.clear();
  CHECK(!arena.overwritten());
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    for (std::size_t i = 0; i < sizes[k]; ++i) CHECK(std::isnan(arena.starts()[k][i]));
  }
}

TEST_CASE("no outputs need no memory but are no mistake") {
  OutputArena arena{{}};
  arena.clear();
  CHECK(arena.starts().empty());
  CHECK(!arena.overwritten());
}
