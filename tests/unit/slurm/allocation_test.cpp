#include "tranche/slurm/allocation.hpp"

#include <catch2/catch.hpp>
#include <map>

using namespace tranche;

namespace {

using Names = std::vector<std::string>;
using Counts = std::vector<std::uint32_t>;

std::optional<slurm::Allocation> allocation_of(const std::map<std::string, std::string>& variables) {
  return slurm::allocation_from([&](const char* name) -> std::string {
    const auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
  });
}

}  // namespace

TEST_CASE("Lists of nodes are read as Slurm writes them", "[slurm]") {
  CHECK(slurm::expand_node_list("n1") == Names{"n1"});
  CHECK(slurm::expand_node_list("n[1-3]") == Names{"n1", "n2", "n3"});
  CHECK(slurm::expand_node_list("n[08-10,2],login") == Names{"n08", "n09", "n10", "n2", "login"});
  CHECK(slurm::expand_node_list("r[1-2]c[0,5]-ib") == Names{"r1c0-ib", "r1c5-ib", "r2c0-ib", "r2c5-ib"});
  CHECK(slurm::expand_node_list("") == Names{});
  for (const auto* bad : {"n[", "n[1-", "n[3-1]", "n[x]", "n[]", "n[1-2", "a,,b", "n[0-9999999]", "n[-1]"})
    CHECK_FALSE(slurm::expand_node_list(bad));
}

TEST_CASE("Counts are read as Slurm writes them", "[slurm]") {
  CHECK(slurm::expand_counts("4") == Counts{4});
  CHECK(slurm::expand_counts("4(x3),2") == Counts{4, 4, 4, 2});
  CHECK(slurm::expand_counts("") == Counts{});
  for (const auto* bad : {"x", "4(x", "4(x3", "4(3)", "-4", "4(x-1)", "4(x9999999)", "4,,2", "4(x3)2"})
    CHECK_FALSE(slurm::expand_counts(bad));
}

TEST_CASE("A process knows its node and the CPUs given to its job there", "[slurm]") {
  const auto allocation = allocation_of({{"SLURM_JOB_ID", "7"},
                                         {"SLURM_JOB_NODELIST", "n[1-3],m1"},
                                         {"SLURM_JOB_CPUS_PER_NODE", "4(x3),2"},
                                         {"SLURMD_NODENAME", "m1"},
                                         // Counts within a step of some of the nodes: not to be trusted.
                                         {"SLURM_NODEID", "1"}});
  REQUIRE(allocation);
  CHECK(allocation->job_id == "7");
  CHECK(allocation->nodes.size() == 4);
  CHECK(allocation->nodes[1].name == "n2");
  CHECK(allocation->cpus_here() == 2u);
}

TEST_CASE("A step that srun has given fewer CPUs than its job has no more than those", "[slurm]") {
  std::map<std::string, std::string> variables{{"SLURM_JOB_ID", "7"},
                                               {"SLURM_JOB_NODELIST", "n[1-2]"},
                                               {"SLURM_JOB_CPUS_PER_NODE", "8(x2)"},
                                               {"SLURMD_NODENAME", "n2"},
                                               {"SLURM_CPUS_ON_NODE", "2"}};
  // srun --exclusive counts one CPU for its one task, and gives it the node.
  CHECK(allocation_of(variables)->cpus_here() == 8u);
  variables["SLURM_CPUS_PER_TASK"] = "2";
  CHECK(allocation_of(variables)->cpus_here() == 2u);
  // All CPUs of four tasks of one each, in one rank.
  variables["SLURM_CPUS_PER_TASK"] = "1";
  variables["SLURM_CPUS_ON_NODE"] = "4";
  CHECK(allocation_of(variables)->cpus_here() == 4u);
  for (const auto* odd : {"", "0", "many", "16"}) {
    variables["SLURM_CPUS_ON_NODE"] = odd;
    CHECK(allocation_of(variables)->cpus_here() == 8u);
  }
  variables["SLURM_CPUS_ON_NODE"] = "2";
  variables["OMPI_COMM_WORLD_SIZE"] = "2";  // the variables of the node that mpirun runs on
  CHECK(allocation_of(variables)->cpus_here() == 8u);
}

TEST_CASE("What Slurm does not tell is not made up", "[slurm]") {
  CHECK_FALSE(allocation_of({}));
  CHECK_FALSE(allocation_of({{"SLURM_JOB_ID", "7"}}));
  CHECK_FALSE(allocation_of({{"SLURM_JOB_ID", "7"}, {"SLURM_JOB_NODELIST", "n["}}));
  const auto on_login =
      allocation_of({{"SLURM_JOB_ID", "7"}, {"SLURM_JOB_NODELIST", "n1"}, {"SLURM_JOB_CPUS_PER_NODE", "4"}});
  REQUIRE(on_login);
  CHECK(on_login->here.empty());
  CHECK_FALSE(on_login->cpus_here());
  const auto other_number = allocation_of({{"SLURM_JOB_ID", "7"},
                                           {"SLURM_JOB_NODELIST", "n[1-2]"},
                                           {"SLURM_JOB_CPUS_PER_NODE", "4(x3)"},
                                           {"SLURMD_NODENAME", "n1"}});
  REQUIRE(other_number);
  CHECK_FALSE(other_number->cpus_here());
}
