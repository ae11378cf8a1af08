#include "slow_nodes.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace tranche;
using namespace tranche::cli;

namespace {

using Agents = std::vector<directory::AgentStatus>;

}  // namespace

TEST_CASE("A node whose slots do half of what the others' do is slow", "[cli]") {
  const Agents agents{{"n1", 0, 4, 0, 4, 1000}, {"n2", 1, 4, 0, 4, 500}, {"n3", 2, 8, 0, 8, 2000}};
  const auto slow = slow_nodes(agents);
  REQUIRE(slow.size() == 1);
  CHECK(slow[0].host == "n2");
  CHECK(slow[0].share == 0.5);
}

TEST_CASE("Fewer slots are not slow slots", "[cli]") {
  CHECK(slow_nodes(Agents{{"n1", 0, 4, 0, 4, 1000}, {"n2", 1, 1, 0, 4, 250}, {"n3", 2, 8, 0, 8, 2000}})
            .empty());
}

TEST_CASE("Nothing is said from too few samples, or too few nodes", "[cli]") {
  CHECK(slow_nodes(Agents{{"n1", 0, 4, 0, 4, 199}, {"n2", 1, 4, 0, 4, 0}, {"n3", 2, 4, 0, 4, 199}}).empty());
  CHECK(slow_nodes(Agents{{"n1", 0, 4, 0, 4, 200}, {"n2", 1, 4, 0, 4, 0}, {"n3", 2, 4, 0, 4, 200}}).size() ==
        1);
  CHECK(slow_nodes(Agents{{"n1", 0, 4, 0, 4, 1000}, {"n2", 1, 4, 0, 4, 1}}).empty());
  CHECK(slow_nodes(Agents{}).empty());
  CHECK(slow_nodes(Agents(3)).empty());
}

TEST_CASE("Ranks of one host are one node", "[cli]") {
  CHECK(slow_nodes(Agents{{"n1", 0, 2, 0, 4, 100},
                          {"n1", 1, 2, 0, 4, 900},
                          {"n2", 2, 4, 0, 4, 1000},
                          {"n3", 3, 4, 0, 4, 1000}})
            .empty());
}

TEST_CASE("A thousand equal nodes with costs as uneven as can be are not slow", "[cli]") {
  std::mt19937_64 random{20240221};
  INFO("seed 20240221");
  // Wall times of the same mean as their standard deviation; each slot works for as long as 50 samples take.
  std::exponential_distribution<double> wall{1.0};
  Agents agents;
  for (std::uint32_t rank = 0; rank < 1000; ++rank) {
    directory::AgentStatus agent{"n" + std::to_string(rank), rank, 4, 0, 4, 0};
    for (int slot = 0; slot < 4; ++slot)
      for (double clock = wall(random); clock < 60; clock += wall(random)) ++agent.finished;
    agents.push_back(agent);
  }
  CHECK(slow_nodes(agents).empty());
}
