#include "process_tree.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace tranche::simulate;

TEST_CASE("the threads of the machine are at least our own") {
  std::atomic<bool> done{false};
  std::vector<std::jthread> threads;
  for (int k = 0; k < 64; ++k) threads.emplace_back([&] { done.wait(false); });
  CHECK(tasks_on_machine() >= 65);
  done.store(true);
  done.notify_all();
}

TEST_CASE("the limit on a user's processes leaves room for what every slot may have") {
  CHECK(user_process_limit(1000, 1, 1) == 1000 + 4096);
  CHECK(user_process_limit(1000, 64, 1) == 1000 + 64 * process_limit(1));
  CHECK(user_process_limit(100'000, 256, 128) == 100'000 + 256 * process_limit(128));
  CHECK(process_limit(1) >= 512);
}

TEST_CASE("a count that ends early is above what was enough, whatever the shape of the tree") {
  constexpr std::size_t count = 6;
  const std::size_t wide = GENERATE(1u, 2u, 5u);  // children of each process; 1: a chain
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t root = ::fork();
  if (root == 0) {
    ::setpgid(0, 0);
    std::size_t number = 0;  // numbered as a heap
    for (std::size_t child = 1; child <= wide && wide * number + child < count;) {
      if (::fork() == 0) {
        number = wide * number + child;
        child = 1;
      } else {
        ++child;
      }
    }
    [[maybe_unused]] const auto told = ::write(ready[1], "r", 1);
    while (true) ::pause();
  }
  for (std::size_t k = 0; k < count; ++k) {
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
  }
  for (std::size_t enough = 1; enough < count; ++enough) CHECK(count_tasks(root, enough) > enough);
  CHECK(count_tasks(root, count) == count);
  CHECK(count_tasks(root, 100) == count);
  ::kill(-root, SIGKILL);
  ::waitpid(root, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}
