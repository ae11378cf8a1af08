/// What sbatch 22.05 says; the sentences on the right were seen on a real one.
#include <catch2/catch.hpp>

#include "tranche/slurm/submit.hpp"

using namespace tranche;

TEST_CASE("A refusal is about an option", "[slurm]") {
  const auto about = [](const char* words, const std::vector<std::string>& asked = {}) {
    return slurm::read_refusal(words, asked).option;
  };
  CHECK(about("sbatch: error: invalid partition specified: mian\n"
              "sbatch: error: Batch job submission failed: Invalid partition name specified\n") ==
        "partition");
  CHECK(about("sbatch: error: Batch job submission failed: Invalid account or account/partition combination "
              "specified\n") == "account");
  CHECK(
      about("sbatch: error: Memory specification can not be satisfied\n"
            "sbatch: error: Batch job submission failed: Requested node configuration is not available\n") ==
      "mem");
  CHECK(
      about("sbatch: error: Batch job submission failed: Requested node configuration is not available\n") ==
      "nodes");
  CHECK(about("sbatch: error: Batch job submission failed: Invalid feature specification\n") == "constraint");
  CHECK(about("sbatch: error: Invalid generic resource (gres) specification\n") == "gres");
  CHECK(
      about("sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or exceeds "
            "some limit)\n") == "time");
  CHECK(about("sbatch: unrecognized option '--partiton=main'\nTry \"sbatch --help\" for more information\n",
              {"partiton", "part"}) == "partiton");
  CHECK(about("sbatch: error: something else\n", {"partition"}).empty());
}

TEST_CASE("Slurm's words are one sentence", "[slurm]") {
  CHECK(slurm::read_refusal("sbatch: error: invalid partition specified: mian\n"
                            "sbatch: error: Batch job submission failed: Invalid partition name specified\n",
                            {})
            .text == "invalid partition specified: mian; Invalid partition name specified");
  CHECK(slurm::read_refusal(
            "sbatch: unrecognized option '--foo'\nTry \"sbatch --help\" for more information\n", {})
            .text == "unrecognized option '--foo'");
}

TEST_CASE("Options are known by their long names", "[slurm]") {
  CHECK(slurm::option_name("--partition=main") == "partition");
  CHECK(slurm::option_name("--exclusive") == "exclusive");
  CHECK(slurm::option_name("-p main") == "partition");
  CHECK(slurm::option_name("-c4") == "cpus-per-task");
  CHECK(slurm::option_name("-X") == "X");
}
