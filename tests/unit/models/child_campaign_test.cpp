#include "tranche/models/child_campaign.hpp"

#include <catch2/catch.hpp>

#include "campaigns.hpp"

using namespace tranche;

namespace {

campaign::CampaignSpec child_of(const campaign::CampaignSpec& parent,
                                const std::vector<learn::TrialSettings>& trials, std::uint32_t ranks = 1) {
  return config::parse_campaign(
      {models::child_campaign(parent, trials, {"m1", ranks}), "campaign.yaml", "."});
}

}  // namespace

TEST_CASE("The campaign that trains visits each trial once, in order") {
  const auto child = child_of(test::learnable(), std::vector<learn::TrialSettings>(5));
  CHECK(child.name == "m1");
  CHECK(child.design.points == 5);
  CHECK(child.design.order == campaign::Visit::file);
  const auto& trial = std::get<campaign::IntegerRange>(child.parameters.at(0).domain);
  CHECK(trial.lo == 0);
  CHECK(trial.hi == 4);
  CHECK(child.stages.size() == 1);
  CHECK(child.retries.crashed == 1);
  const auto& command = std::get<campaign::CommandSpec>(child.simulator.kind);
  CHECK(command.words.front() == "tranche-train");
  REQUIRE(command.failures.size() == 2);
  CHECK(command.failures[0].reason == "diverged");
  CHECK(command.failures[1].reason == "plateau");
  CHECK(child_of(test::learnable(), std::vector<learn::TrialSettings>(1)).design.points == 1);
}

TEST_CASE("Time and cores follow from the trials") {
  std::vector<learn::TrialSettings> trials(2);
  trials[1].minutes = 20;
  trials[1].threads = 4;
  const auto child = child_of(test::learnable(), trials, 3);
  CHECK(child.simulator.timeout_s == (30 + 200) * 60);
  CHECK(child.resources.threads == 4);
  CHECK(child.resources.ranks == 3);
  trials[0].epochs = 3;
  CHECK(!child_of(test::learnable(), trials).simulator.timeout_s);  // as long as an epoch takes
}

TEST_CASE("A single number has no roughness to report") {
  std::vector<learn::TrialSettings> trials(1);
  const auto outputs = child_of(test::learnable(), trials).outputs.size();
  trials[0].output = "total";
  CHECK(child_of(test::learnable(), trials).outputs.size() == outputs - 1);
}

TEST_CASE("Jobs are asked for as by the campaign itself, on one node") {
  const auto parent = test::learnable(
      "cluster:\n  partition: main\n  nodes: 8\n  time: 2 h\n  exclusive:\n  modules: [openmpi, hdf5]\n"
      "  template: job.sh\n  sbatch: [\"-C intel\"]\n");
  const auto child = child_of(parent, std::vector<learn::TrialSettings>(2));
  CHECK(child.cluster.nodes == 1);
  CHECK(child.cluster.time_s == 7200);
  CHECK(child.cluster.job_template == "../../job.sh");
  CHECK(child.cluster.modules == parent.cluster.modules);
  REQUIRE(child.cluster.options.size() == 3);
  CHECK(child.cluster.options[0].text == "--partition=main");
  CHECK(child.cluster.options[1].text == "--exclusive");
  CHECK(child.cluster.options[2].text == "-C intel");
  CHECK(child.cluster.options[2].verbatim);
}
