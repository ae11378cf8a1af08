#include "tranche/directory/scratch_folder.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

using tranche::directory::ScratchFolder;
namespace fs = std::filesystem;

TEST_CASE("every scratch folder is another one, and goes with its owner") {
  fs::path first;
  {
    const ScratchFolder a;
    const ScratchFolder b;
    first = a.path();
    CHECK(a.path() != b.path());
    std::ofstream{fs::path{a.path()} / "file"} << "x";
    CHECK(fs::exists(first / "file"));
  }
  CHECK_FALSE(fs::exists(first));
}

TEST_CASE("what a killed process left is removed by the next one, what a living one uses is not") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const ScratchFolder mine;
    const auto path = mine.path();
    if (write(ends[1], path.data(), path.size()) < 0) _exit(1);
    for (;;) pause();
  }
  char text[4096];
  const auto size = read(ends[0], text, sizeof text);
  REQUIRE(size > 0);
  const fs::path theirs{std::string(text, static_cast<std::size_t>(size))};
  { const ScratchFolder living; }
  CHECK(fs::exists(theirs));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(fs::exists(theirs));
  { const ScratchFolder next; }
  CHECK_FALSE(fs::exists(theirs));
}
