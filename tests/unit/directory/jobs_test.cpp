#include "tranche/directory/jobs.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "support/temporary_folder.hpp"

using namespace tranche;

namespace {

directory::JobRecord job(const std::string& id, double submitted_at) {
  directory::JobRecord record;
  record.job_id = id;
  record.after = "7";
  record.submitted_at = submitted_at;
  record.by = "ada@login1";
  record.nodes = 4;
  record.time_s = 3600;
  record.until = "pilot";
  return record;
}

}  // namespace

TEST_CASE("A job is read back as it was recorded") {
  const test::TemporaryFolder folder;
  const directory::CampaignPaths paths{folder.path()};
  CHECK(directory::read_jobs(paths, 9).empty());
  directory::record_job(paths, job("4711", 5.5));
  const auto jobs = directory::read_jobs(paths, 9);
  REQUIRE(jobs.size() == 1);
  const auto& read = jobs.front();
  CHECK(read.job_id == "4711");
  CHECK(read.after == "7");
  CHECK(read.submitted_at == 5.5);
  CHECK(read.by == "ada@login1");
  CHECK(read.nodes == 4);
  CHECK(read.time_s == 3600.0);
  CHECK(read.until == "pilot");
}

TEST_CASE("The last ones come back, oldest first, whatever else lies there") {
  const test::TemporaryFolder folder;
  const directory::CampaignPaths paths{folder.path()};
  for (const auto* id : {"9", "10", "11"}) directory::record_job(paths, job(id, std::stod(id)));
  std::ofstream{directory::jobs_folder(paths) / "9.sh"} << "#!/bin/bash\n";
  std::ofstream{directory::jobs_folder(paths) / "x.json"} << "{}";
  std::ofstream{directory::jobs_folder(paths) / "12.json"} << "not JSON";
  const auto jobs = directory::read_jobs(paths, 3);
  REQUIRE(jobs.size() == 2);  // 12 cannot be read
  CHECK(jobs[0].job_id == "10");
  CHECK(jobs[1].job_id == "11");
}
