#include "backlog.hpp"

#include <catch2/catch.hpp>

using namespace tranche;
using daemon::Backlog;

TEST_CASE("a backlog gives indices in the order they were granted") {
  Backlog backlog;
  backlog.add({{{5, 7}, {20, 21}}, {}});
  CHECK(backlog.size() == 3);
  std::vector<SampleIndex> order;
  while (!backlog.empty()) order.push_back(backlog.take().index);
  CHECK(order == std::vector<SampleIndex>{5, 6, 20});
}

TEST_CASE("a sample with recorded runs goes on counting its attempts") {
  Backlog backlog;
  backlog.add({{{5, 8}}, {{6, 2}}});
  CHECK(backlog.take().attempt == 0);
  CHECK(backlog.take().attempt == 2);
  CHECK(backlog.take().attempt == 0);
}

TEST_CASE("what is special about a sample goes with it") {
  Backlog backlog;
  backlog.add({{{5, 8}}, {{6, 2, 1, 30.0}}});
  backlog.take();
  CHECK(backlog.take() == wire::AttemptFrom{6, 2, 1, 30.0});
  backlog.add_retry({6, 3, 1, 30.0});
  CHECK(backlog.take() == wire::AttemptFrom{6, 3, 1, 30.0});
}

TEST_CASE("a retry runs before anything new begins") {
  Backlog backlog;
  backlog.add({{{5, 7}}, {}});
  CHECK(backlog.take().index == 5);
  backlog.add_retry({5, 1});
  const auto next = backlog.take();
  CHECK(next.index == 5);
  CHECK(next.attempt == 1);
  CHECK(backlog.take().index == 6);
}

TEST_CASE("everything left is given back once, retries included") {
  Backlog backlog;
  backlog.add({{{5, 9}}, {}});
  backlog.take();
  backlog.add_retry({5, 1});
  const auto ranges = backlog.take_all();
  CHECK(ranges == std::vector<IndexRange>{{6, 9}, {5, 6}});
  CHECK(backlog.empty());
  CHECK(backlog.take_all().empty());
}

TEST_CASE("indices become ranges, sorted and merged") {
  CHECK(daemon::to_ranges({}).empty());
  CHECK(daemon::to_ranges({4, 2, 3, 9, 0}) == std::vector<IndexRange>{{0, 1}, {2, 5}, {9, 10}});
}

TEST_CASE("what is to wait is not taken before it is due, and is given back with the rest") {
  using namespace std::chrono_literals;
  const Backlog::Time now{};
  Backlog backlog;
  CHECK_FALSE(backlog.ready(now));
  backlog.add_later({7, 1}, now + 4s);
  backlog.add_later({8, 1}, now + 1s);
  CHECK(backlog.size() == 2);
  CHECK_FALSE(backlog.ready(now));
  CHECK(backlog.next_due() == now + 1s);
  REQUIRE(backlog.ready(now + 1s));
  CHECK(backlog.take() == wire::AttemptFrom{8, 1});
  CHECK_FALSE(backlog.ready(now + 2s));
  backlog.add({{{5, 6}}, {}});
  CHECK(backlog.ready(now + 2s));
  CHECK(backlog.take_all() == std::vector<IndexRange>{{5, 6}, {7, 8}});
  CHECK(backlog.empty());
  CHECK_FALSE(backlog.next_due());
}
