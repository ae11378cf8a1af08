#include "tranche/slurm/jobs.hpp"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

using namespace tranche;

namespace {

/// A `squeue` of our own, first in PATH while this lives.
class FakeSqueue {
 public:
  explicit FakeSqueue(const std::string& script) : path_before_{::getenv("PATH")} {
    const auto program = folder_.path() / "squeue";
    std::ofstream{program} << "#!/bin/sh\necho \"$@\" > " << (folder_.path() / "asked") << "\n" << script;
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    ::setenv("PATH", (folder_.path().string() + ":" + path_before_).c_str(), 1);
  }
  FakeSqueue(const FakeSqueue&) = delete;
  FakeSqueue& operator=(const FakeSqueue&) = delete;
  ~FakeSqueue() { ::setenv("PATH", path_before_.c_str(), 1); }

  std::string asked() const {
    std::ifstream file{folder_.path() / "asked"};
    std::string line;
    std::getline(file, line);
    return line;
  }

 private:
  test::TemporaryFolder folder_;
  std::string path_before_;
};

JobState ask_a_squeue_that(const std::string& script) {
  const FakeSqueue squeue{script};
  return slurm::ask_job("4711");
}

}  // namespace

TEST_CASE("Slurm is asked about one job, plainly", "[slurm]") {
  const FakeSqueue squeue{"echo RUNNING"};
  CHECK(slurm::ask_job("4711") == JobState::alive);
  CHECK(squeue.asked() == "-h -j 4711 -o %T");
}

TEST_CASE("A job with processes is alive, also while it loses them", "[slurm]") {
  for (const auto* state : {"RUNNING", "COMPLETING", "SUSPENDED", "CONFIGURING", "STOPPED"})
    CHECK(ask_a_squeue_that(std::string{"echo "} + state) == JobState::alive);
  CHECK(ask_a_squeue_that("echo PENDING; echo RUNNING") == JobState::alive);
}

TEST_CASE("A job that is listed no more, or waits to start again, is gone", "[slurm]") {
  CHECK(ask_a_squeue_that("exit 0") == JobState::gone);
  CHECK(ask_a_squeue_that("echo PENDING") == JobState::gone);
}

TEST_CASE("A job without a record is unknown, whatever it was", "[slurm]") {
  CHECK(ask_a_squeue_that("echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1") ==
        JobState::unknown);
}

TEST_CASE("Slurm that does not answer says nothing about the job", "[slurm]") {
  CHECK(ask_a_squeue_that("echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1") ==
        JobState::no_answer);
  CHECK(ask_a_squeue_that("kill -9 $$") == JobState::no_answer);
  const auto start = std::chrono::steady_clock::now();
  CHECK(ask_a_squeue_that("sleep 600; echo RUNNING") == JobState::no_answer);
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= std::chrono::seconds{2});
  CHECK(took < std::chrono::seconds{60});
}

TEST_CASE("Without Slurm, and for what is no job id, there is no answer", "[slurm]") {
  const std::string path_before = ::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  CHECK(slurm::ask_job("4711") == JobState::no_answer);
  ::setenv("PATH", path_before.c_str(), 1);
  const FakeSqueue squeue{"exit 0"};
  CHECK(slurm::ask_job("") == JobState::no_answer);
  CHECK(slurm::ask_job("-M other") == JobState::no_answer);
  CHECK(squeue.asked().empty());
}

TEST_CASE("What a user set for squeue does not change the question", "[slurm]") {
  const FakeSqueue squeue{"test -z \"$SQUEUE_STATES\" && echo RUNNING"};
  ::setenv("SQUEUE_STATES", "PENDING", 1);
  CHECK(slurm::ask_job("4711") == JobState::alive);
  ::unsetenv("SQUEUE_STATES");
}

TEST_CASE("Several jobs are asked about at once; those that ended are not there", "[slurm]") {
  const FakeSqueue squeue{
      "echo '4712|PENDING|N/A|Dependency'; echo '4711|RUNNING|2026-03-01T12:00:00|None'; echo 'noise'"};
  const auto jobs = slurm::ask_jobs({"4711", "4712", "4713", "-M x"});
  CHECK(squeue.asked() == "-h -j 4711,4712,4713 -o %i|%T|%S|%r");
  REQUIRE(jobs);
  REQUIRE(jobs->size() == 2);
  CHECK(jobs->at(0).job_id == "4712");
  CHECK(jobs->at(0).state == "PENDING");
  CHECK(jobs->at(0).start == "N/A");
  CHECK(jobs->at(0).reason == "Dependency");
  CHECK(jobs->at(1).state == "RUNNING");
}

TEST_CASE("No record of any job is an answer, silence is none", "[slurm]") {
  {
    const FakeSqueue squeue{"echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1"};
    const auto jobs = slurm::ask_jobs({"4711"});
    REQUIRE(jobs);
    CHECK(jobs->empty());
  }
  const FakeSqueue squeue{"echo 'Unable to contact slurm controller' >&2; exit 1"};
  CHECK_FALSE(slurm::ask_jobs({"4711"}));
  CHECK(slurm::ask_jobs({})->empty());
}

TEST_CASE("A job beyond a limit, or held, does not start by itself", "[slurm]") {
  CHECK(slurm::cannot_start({"1", "PENDING", "PartitionNodeLimit", "N/A"}));
  CHECK(slurm::cannot_start({"1", "PENDING", "JobHeldUser", "N/A"}));
  for (const auto* reason :
       {"Priority", "Resources", "Dependency", "BeginTime", "None", "QOSMaxJobsPerUserLimit"})
    CHECK_FALSE(slurm::cannot_start({"1", "PENDING", reason, "N/A"}));
  CHECK_FALSE(slurm::cannot_start({"1", "RUNNING", "None", "N/A"}));
}

TEST_CASE("The time left is read as Slurm writes it", "[slurm]") {
  CHECK(slurm::parse_time_left("03:04") == 184.0);
  CHECK(slurm::parse_time_left("0:00") == 0.0);
  CHECK(slurm::parse_time_left("02:03:04") == 7384.0);
  CHECK(slurm::parse_time_left("1-02:03:04") == 93784.0);
  CHECK(std::isinf(slurm::parse_time_left("UNLIMITED").value()));
  for (const auto* none : {"", "INVALID", "NOT_SET", "7", "1:2:3:4", "a:b", "-1:00"})
    CHECK_FALSE(slurm::parse_time_left(none));
}

TEST_CASE("Slurm is asked how long a job may run on", "[slurm]") {
  {
    const FakeSqueue squeue{"echo 2:30 1:00:00"};
    const auto time = slurm::ask_job_time("4711");
    REQUIRE(time);
    CHECK(time->left_s == 150.0);
    CHECK(time->limit_s == 3600.0);
    CHECK(squeue.asked() == "-h -t RUNNING,COMPLETING -j 4711 -o %L %l %e");
  }
  {  // to be preempted
    const FakeSqueue squeue{"echo 2:30:00 3:00:00 $(($(date +%s) + 60))"};
    const auto time = slurm::ask_job_time("4711");
    REQUIRE(time);
    CHECK(time->left_s <= 60);
    CHECK(time->left_s > 20);  // unless the machine is very busy
    CHECK(time->limit_s == 10800.0);
  }
  {  // no limit, and what Slurm makes of that; as a word if it does not know our format
    for (const auto* expected : {"$(($(date +%s) + 31536000))", "N/A", "2027-01-01T00:00:00", ""}) {
      const FakeSqueue squeue{"echo UNLIMITED UNLIMITED " + std::string{expected}};
      const auto time = slurm::ask_job_time("4711");
      REQUIRE(time);
      CHECK(std::isinf(time->left_s));
    }
  }
  {  // no limit, and to be preempted
    const FakeSqueue squeue{"echo UNLIMITED UNLIMITED $(($(date +%s) + 60))"};
    CHECK(slurm::ask_job_time("4711")->left_s <= 60);
  }
  const FakeSqueue squeue{"exit 0"};  // it does not run
  CHECK_FALSE(slurm::ask_job_time("4711"));
  CHECK_FALSE(slurm::ask_job_time("x"));
}

TEST_CASE("Ended jobs are listed on request, as long as Slurm remembers them", "[slurm]") {
  const FakeSqueue squeue{
      "echo '7|COMPLETED|2026-03-01T12:00:00|None'; echo '8|RUNNING|2026-03-01T12:00:00|None'; "
      "echo '9|PENDING|N/A|Resources'"};
  const auto jobs = slurm::ask_known_jobs({"7", "8", "9", "-x"});
  CHECK(squeue.asked() == "-h -t all -j 7,8,9 -o %i|%T|%S|%r");
  REQUIRE((jobs && jobs->size() == 3));
  CHECK((!slurm::runs((*jobs)[0]) && !slurm::waits((*jobs)[0])));
  CHECK((slurm::runs((*jobs)[1]) && !slurm::waits((*jobs)[1])));
  CHECK((!slurm::runs((*jobs)[2]) && slurm::waits((*jobs)[2])));
}
