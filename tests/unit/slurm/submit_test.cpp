#include "tranche/slurm/submit.hpp"

#include <catch2/catch.hpp>

#include "fake_command.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using Catch::Matchers::Contains;

namespace {

slurm::JobOrder order() {
  return {"job.sh", {"--dependency=afterany:7"}, {"time"}};
}

}  // namespace

TEST_CASE("a job that Slurm takes: its number, whatever a site's plug-ins say around it", "[slurm]") {
  const test::FakeCommand sbatch{"sbatch", "echo 'welcome to the cluster'; echo '4711;alpha'"};
  const auto answer = slurm::submit_job(order());
  REQUIRE(std::holds_alternative<slurm::Submitted>(answer));
  CHECK(std::get<slurm::Submitted>(answer).job_id == "4711");
  CHECK(sbatch.asked() == "--parsable --dependency=afterany:7 job.sh");
}

TEST_CASE("a job that Slurm refuses: its words, and what they are about", "[slurm]") {
  const test::FakeCommand sbatch{"sbatch",
                                 "echo 'sbatch: error: Requested time limit is invalid' >&2; exit 1"};
  const auto answer = slurm::submit_job(order());
  REQUIRE(std::holds_alternative<slurm::Refusal>(answer));
  CHECK(std::get<slurm::Refusal>(answer).option == "time");
  CHECK(std::get<slurm::Refusal>(answer).text == "Requested time limit is invalid");
}

TEST_CASE("an sbatch that ends without a word has not refused: nobody knows what became of the job",
          "[slurm]") {
  const auto message = [](const std::string& script) -> std::string {
    const test::FakeCommand sbatch{"sbatch", script};
    try {
      slurm::submit_job(order());
    } catch (const Failure& failure) {
      CHECK(failure.code() == ExitCode::environment);
      CHECK_THAT(failure.fix(), Contains("squeue --me"));
      return failure.what();
    }
    return "no failure";
  };
  CHECK_THAT(message("exit 3"), Contains("sbatch ended with exit code 3 without a word") &&
                                    Contains("whether Slurm has taken the job is not known"));
  CHECK_THAT(message("kill -9 $$"), Contains("sbatch was ended by signal 9 without a word"));
  CHECK_THAT(message("exit 0"), Contains("sbatch ended with exit code 0 without a word"));
}
