#include "control_groups.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>
#include <string>

#include "support/temporary_folder.hpp"

using namespace tranche;
namespace fs = std::filesystem;

namespace {

/// A tree that looks like /sys/fs/cgroup.
class Groups {
 public:
  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories((root_ / file.string()).parent_path());
    root_.write(file.string(), text + "\n");
  }
  daemon::GroupLimits of(const std::string& membership) const {
    std::istringstream lines{membership};
    return daemon::group_limits(root_.path(), lines);
  }

 private:
  test::TemporaryFolder root_;
};

const std::string job = "system.slice/slurmstepd.scope/job_7";

}  // namespace

TEST_CASE("Control groups 2: the tightest quota and cpuset between the group and the root count") {
  const Groups groups;
  groups.write("cpuset.cpus.effective", "0-127");
  groups.write(job + "/cpu.max", "400000 100000");
  groups.write(job + "/cpuset.cpus.effective", "0-3,64-67");
  groups.write(job + "/step_0/cpu.max", "max 100000");
  groups.write(job + "/step_0/cpuset.cpus.effective", "0-3,64");
  groups.write("elsewhere/cpu.max", "100000 100000");
  const auto limits = groups.of("0::/" + job + "/step_0\n");
  CHECK(limits.quota == 4.0);
  CHECK(limits.cpus == 5u);
}

TEST_CASE("Control groups 1: each controller has a tree of its own") {
  const Groups groups;
  groups.write("cpu/slurm/job_7/cpu.cfs_quota_us", "250000");
  groups.write("cpu/slurm/job_7/cpu.cfs_period_us", "100000");
  groups.write("cpu/cpu.cfs_quota_us", "-1");
  groups.write("cpu/cpu.cfs_period_us", "100000");
  groups.write("cpuset/cpuset.cpus", "0-127");
  groups.write("cpuset/slurm/job_7/cpuset.cpus", "8-11");
  groups.write("cpuset/slurm/job_7/step_0/cpuset.cpus", "");  // not told yet
  groups.write("memory/slurm/cpuset.cpus", "0");
  const auto limits =
      groups.of("5:cpuset:/slurm/job_7/step_0\n4:cpu,cpuacct:/slurm/job_7\n3:memory:/slurm\n0::/\n");
  CHECK(limits.quota == 2.5);
  CHECK(limits.cpus == 4u);
}

TEST_CASE("Control groups 1: what parents leave of a cpuset counts, and controllers may share a folder") {
  const Groups groups;
  groups.write("cpu,cpuacct/job/cpu.cfs_quota_us", "300000");
  groups.write("cpu,cpuacct/job/cpu.cfs_period_us", "100000");
  groups.write("cpuset/job/cpuset.cpus", "0-7");
  groups.write("cpuset/job/cpuset.effective_cpus", "0-1");
  const auto limits = groups.of("2:cpu,cpuacct:/job\n1:cpuset:/job\n");
  CHECK(limits.quota == 3.0);
  CHECK(limits.cpus == 2u);
}

TEST_CASE("Both versions at once") {
  const Groups groups;
  groups.write("unified/job/cpuset.cpus.effective", "0-5");
  groups.write("cpu/job/cpu.cfs_quota_us", "200000");
  groups.write("cpu/job/cpu.cfs_period_us", "100000");
  const auto limits = groups.of("4:cpu:/job\n0::/job\n");
  CHECK(limits.quota == 2.0);
  CHECK(limits.cpus == 6u);
}

TEST_CASE("A container that is told the host's way to its group has its own at the root") {
  const Groups groups;
  groups.write("cpu.max", "150000 100000");
  groups.write("cpuset.cpus.effective", "2-3");
  const auto limits = groups.of("0::/kubepods/pod1/container7\n");
  CHECK(limits.quota == 1.5);
  CHECK(limits.cpus == 2u);
}

TEST_CASE("Without control groups there is no limit") {
  const Groups groups;
  for (const auto* membership : {"", "0::/\n", "no colon\n", "4:cpu\n", "5:memory:/job\n"}) {
    const auto limits = groups.of(membership);
    CHECK_FALSE(limits.quota);
    CHECK_FALSE(limits.cpus);
  }
}

TEST_CASE("A quota is cores, or none") {
  CHECK(daemon::parse_quota("200000 100000") == 2.0);
  CHECK(daemon::parse_quota("50000 100000") == 0.5);
  for (const auto* none : {"max 100000", "-1 100000", "", "200000", "200000 0"})
    CHECK_FALSE(daemon::parse_quota(none));
}

TEST_CASE("A list of CPUs is their number, or none") {
  CHECK(daemon::parse_cpu_list("0") == 1u);
  CHECK(daemon::parse_cpu_list("0-3") == 4u);
  CHECK(daemon::parse_cpu_list("0-3,8,10-11") == 7u);
  for (const auto* none : {"", "-", "a", "3-1", "0-", "0-18446744073709551615", "0,,x"})
    CHECK_FALSE(daemon::parse_cpu_list(none));
}
