#include "cores.hpp"

#include <catch2/catch.hpp>

using namespace tranche;
using daemon::CoreFacts;

namespace {

/// A machine of 128 cores, all of them free to use.
CoreFacts large() {
  CoreFacts facts;
  facts.online = facts.affinity = 128;
  return facts;
}

}  // namespace

TEST_CASE("Without a batch system the cores of the affinity and the quota count") {
  auto facts = large();
  CHECK(daemon::cores_of_rank(facts) == 128);
  facts.affinity = 6;
  CHECK(daemon::cores_of_rank(facts) == 6);
  facts.cpuset = 5;
  CHECK(daemon::cores_of_rank(facts) == 5);
  facts.cpuset = 7;
  CHECK(daemon::cores_of_rank(facts) == 6);
  facts.quota = 2.5;
  CHECK(daemon::cores_of_rank(facts) == 2);
  facts.quota = 0.2;
  CHECK(daemon::cores_of_rank(facts) == 1);
}

TEST_CASE("Never 128 slots on 4 CPUs: the least that anybody tells counts") {
  auto facts = large();
  facts.slurm = 4;
  CHECK(daemon::cores_of_rank(facts) == 4);
  facts.affinity = 3;
  CHECK(daemon::cores_of_rank(facts) == 3);
  facts.slurm = 16;
  CHECK(daemon::cores_of_rank(facts) == 3);
  facts.quota = 1;
  CHECK(daemon::cores_of_rank(facts) == 1);
}

TEST_CASE("Nodes that are told to be larger than their machine are, unless something narrows the process") {
  CoreFacts facts;
  facts.online = facts.affinity = 2;
  facts.slurm = 4;
  facts.cpuset = 2;
  CHECK(daemon::cores_of_rank(facts) == 4);
  facts.cpuset = 1;
  CHECK(daemon::cores_of_rank(facts) == 1);
  facts.cpuset = std::nullopt;
  facts.affinity = 1;
  CHECK(daemon::cores_of_rank(facts) == 1);
}

TEST_CASE("The ranks of a node share its cores") {
  auto facts = large();
  facts.slurm = 12;
  facts.ranks_here = 5;
  CHECK(daemon::cores_of_rank(facts) == 2);
  facts.ranks_here = 50;
  CHECK(daemon::cores_of_rank(facts) == 1);
}

TEST_CASE("Slots that take several cores are fewer, and share cores sooner") {
  CHECK(daemon::slots_of_rank(0, {}, 1, 8) == 8);
  CHECK(daemon::slots_of_rank(0, {}, 3, 8) == 2);
  CHECK(daemon::slots_of_rank(0, {}, 16, 8) == 1);
  CHECK(daemon::slots_of_rank(0, 5, 16, 8) == 5);
  CHECK(daemon::slots_of_rank(7, 5, 16, 8) == 7);
  CHECK_FALSE(daemon::shares_cores(8, 1, 8));
  CHECK_FALSE(daemon::shares_cores(2, 4, 8));
  CHECK(daemon::shares_cores(3, 4, 8));
  CHECK(daemon::shares_cores(1, 16, 8));
}
