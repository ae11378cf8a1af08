#include "tranche/slurm/job_script.hpp"

#include <catch2/catch.hpp>

using namespace tranche;

namespace {

slurm::JobWishes wishes() {
  slurm::JobWishes wishes;
  wishes.name = "ssc";
  wishes.directory = "/home/ada/ssc";
  wishes.tranche = "/opt/bin/tranche";
  return wishes;
}

std::string filled(const std::string& text, const slurm::JobWishes& wishes) {
  return slurm::job_script({text, "t.sh"}, wishes);
}

}  // namespace

TEST_CASE("Words are filled in, lines without a value are left out, lists repeat their line", "[slurm]") {
  auto wanted = wishes();
  wanted.cluster.nodes = 3;
  wanted.cluster.options = {{"--partition=main", {}}, {"--exclusive", {}}};
  CHECK(filled("A {{name}} {{nodes}}\nB {{time}}\nC {{option}}\nD {{module}}\n", wanted) ==
        "A ssc 3\nC --partition=main\nC --exclusive\n");
  wanted.cluster.time_s = 5400;
  wanted.cluster.modules = {"openmpi", "hdf5/1.12"};
  CHECK(filled("B {{time}}\nD {{module}}", wanted) == "B 01:30:00\nD openmpi\nD hdf5/1.12\n");
}

TEST_CASE("A job gets whole nodes, or the CPUs of its slots, unless somebody said how many", "[slurm]") {
  auto wanted = wishes();
  CHECK(filled("{{option}}", wanted) == "--exclusive\n");
  wanted.resources.slots = 12;
  wanted.resources.threads = 2;
  CHECK(filled("{{option}}", wanted) == "--cpus-per-task=24\n");
  for (const auto* said : {"--cpus-per-task=7", "-c 7", "--exclusive=user", "--mincpus=3"}) {
    wanted.cluster.options = {{said, {}}};
    CHECK(filled("{{option}}", wanted) == std::string{said} + "\n");
  }
}

TEST_CASE("Names with blanks and quotes survive bash and sbatch", "[slurm]") {
  auto wanted = wishes();
  wanted.directory = "/home/ada/it's 100% mine";
  wanted.arguments = {"--until", "a b"};
  wanted.cluster.options = {{"--exclusive", {}}, {"--comment=two words", {}}};
  CHECK(filled("{{directory}} {{arguments}}", wanted) == "'/home/ada/it'\\''s 100% mine' --until 'a b'\n");
  CHECK(filled("{{output}}", wanted) == "\"/home/ada/it's 100%% mine/logs/job-%j.log\"\n");
  CHECK(filled("{{option}}", wanted) == "--exclusive\n--comment=\"two words\"\n");
  wanted.cluster.options = {{"--comment=Ada's \"test\"", {}}, {"--comment='a b'", {}, true}};
  CHECK(filled("{{option}}", wanted) == "--exclusive\n--comment=\"Ada's \\\"test\\\"\"\n--comment='a b'\n");
  for (const auto* odd : {"/data/run#3", "/data/o'brien"}) {
    wanted.directory = odd;
    CHECK(filled("{{output}}", wanted) == '"' + std::string{odd} + "/logs/job-%j.log\"\n");
  }
  CHECK(slurm::shell_word("") == "''");
  CHECK(slurm::shell_word("a$b") == "'a$b'");
}

TEST_CASE("Every unknown word of a template is named at its place", "[slurm]") {
  try {
    filled("x {{nods}}\n{{what}}\n", wishes());
    FAIL("accepted");
  } catch (const ConfigError& error) {
    REQUIRE(error.problems().size() == 2);
    CHECK(error.problems()[0].where.file == "t.sh");
    CHECK(error.problems()[0].where.line == 1);
    CHECK(error.problems()[0].where.column == 3);
    CHECK(error.problems()[0].what.find("did you mean `{{nodes}}`") != std::string::npos);
    CHECK(error.problems()[1].where.line == 2);
  }
}

TEST_CASE("Times are whole minutes, and a short job is told early enough", "[slurm]") {
  CHECK(slurm::time_text(60) == "00:01:00");
  CHECK(slurm::time_text(61) == "00:02:00");
  CHECK(slurm::time_text(3 * 3600) == "03:00:00");
  CHECK(slurm::time_text(26 * 3600 + 60) == "1-02:01:00");
  campaign::ClusterSpec cluster;
  CHECK(slurm::signal_lead_s(cluster) == 300);
  cluster.time_s = 4 * 3600;
  CHECK(slurm::signal_lead_s(cluster) == 300);
  cluster.time_s = 600;
  CHECK(slurm::signal_lead_s(cluster) == 150);
  cluster.signal_s = 42;
  CHECK(slurm::signal_lead_s(cluster) == 42);
}
