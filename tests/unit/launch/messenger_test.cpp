#include "messenger.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <vector>

using tranche::launch::Messenger;
using tranche::launch::withstands;

TEST_CASE("a process that blocks, ignores or handles a signal withstands it") {
  CHECK(withstands(::getpid(), SIGUSR1) == false);
  std::signal(SIGUSR1, SIG_IGN);
  CHECK(withstands(::getpid(), SIGUSR1) == true);
  std::signal(SIGUSR1, [](int) {});
  CHECK(withstands(::getpid(), SIGUSR1) == true);
  std::signal(SIGUSR1, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  CHECK(withstands(::getpid(), SIGUSR1) == true);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  CHECK_FALSE(withstands(0, SIGUSR1).has_value());
}

TEST_CASE("signals wait, in order, until child and ranks listen") {
  bool child = false;
  bool ranks = false;
  std::vector<int> sent;
  Messenger messenger{[&](int) { return child; }, [&] { return ranks; }, [&](int s) { sent.push_back(s); }};
  messenger.add(SIGUSR2, 0);
  messenger.add(SIGUSR1, 1);
  messenger.deliver(1);
  child = true;
  messenger.deliver(2);
  CHECK(sent.empty());
  CHECK(messenger.waiting());
  ranks = true;
  messenger.deliver(3);
  CHECK(sent == std::vector{SIGUSR2, SIGUSR1});
  CHECK_FALSE(messenger.waiting());
}

TEST_CASE("a signal does not wait for ever") {
  int sent = 0;
  Messenger messenger{[](int) { return false; }, [] { return false; }, [&](int) { ++sent; }};
  messenger.add(SIGUSR1, 5);
  messenger.deliver(5 + Messenger::longest_wait_s - 1);
  CHECK(sent == 0);
  messenger.deliver(5 + Messenger::longest_wait_s);
  CHECK(sent == 1);
}
