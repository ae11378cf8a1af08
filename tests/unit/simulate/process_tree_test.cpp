#include "process_tree.hpp"

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
