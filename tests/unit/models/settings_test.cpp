#include "tranche/models/settings.hpp"

#include <catch2/catch.hpp>

#include "campaigns.hpp"

using namespace tranche;

namespace {

/// `LINE: what`, each on a line.
std::string problems_of(const std::string& section) {
  const auto spec = test::learnable(section);
  std::string text;
  for (const auto& problem : models::train_problems(spec, spec.train))
    text += std::to_string(problem.where.line) + ":" + std::to_string(problem.where.column) + ": " +
            problem.what + "\n";
  return text;
}

std::vector<learn::TrialSettings> trials_of(const std::string& section) {
  const auto spec = test::learnable(section);
  REQUIRE(models::train_problems(spec, spec.train).empty());
  return models::read_trials(spec.train);
}

}  // namespace

TEST_CASE("Without the section there is one trial with the defaults") {
  CHECK(trials_of("") == std::vector{learn::TrialSettings{}});
}

TEST_CASE("Settings and sweeps become trials") {
  const auto trials = trials_of(
      "train:\n  preset: mlp\n  epochs: 7\n  stage: pilot\n  sweep: {width: [32, 64], seed: [1, 2]}\n");
  REQUIRE(trials.size() == 4);
  for (const auto& trial : trials) {
    CHECK(trial.preset == learn::Preset::mlp);
    CHECK(trial.epochs == 7);
    CHECK(trial.stage == "pilot");
  }
  CHECK(trials[1].width == 32);
  CHECK(trials[1].seed == 2);
  CHECK(trials[2].width == 64);
}

TEST_CASE("Layers are a preset of their own") {
  const auto trials = trials_of("train: {layers: [linear 32 gelu, residual gelu]}\n");
  REQUIRE(trials.size() == 1);
  CHECK(trials[0].preset == learn::Preset::layers);
  CHECK(trials[0].layers.size() == 2);
}

TEST_CASE("An ensemble of one setting is trained with as many seeds") {
  const auto trials = trials_of("train: {ensemble: 3, seed: 5}\n");
  REQUIRE(trials.size() == 3);
  CHECK(trials[2].seed == 7);
  CHECK(trials_of("train: {ensemble: 3, sweep: {seed: [1, 2]}}\n").size() == 2);
  CHECK(trials_of("train: {ensemble: 2, sweep: {width: [8, 16, 32]}}\n").size() == 3);
}

TEST_CASE("All problems of the section are found at once, each where it stands") {
  const auto text = problems_of(
      "train:\n"
      "  widht: 256\n"
      "  batch: many\n"
      "  stage: ful\n"
      "  output: spectrum\n"
      "  select: medain\n"
      "  sweep: {seed: [1, -2]}\n"
      "  curve: true\n");
  CHECK_THAT(text, Catch::Contains("10:3: a training has no key `widht`"));
  CHECK_THAT(text, Catch::Contains("did you mean `width`?"));
  CHECK_THAT(text, Catch::Contains("11:10: batch: `many`"));
  CHECK_THAT(text, Catch::Contains("12:10: the campaign has no stage `ful`; did you mean `full`?"));
  CHECK_THAT(text, Catch::Contains("13:11: the campaign has no output `spectrum`"));
  CHECK_THAT(text, Catch::Contains("14:11: select: `medain`"));
  CHECK_THAT(text, Catch::Contains("15:21: seed: `-2`"));
  CHECK_THAT(text, Catch::Contains("15:11: a learning curve has one setting"));
}

TEST_CASE("A layer that does not read or does not fit is found") {
  CHECK_THAT(problems_of("train:\n  layers:\n    - linear 32\n    - liner 64\n"),
             Catch::StartsWith("12:7: layers: ") && Catch::Contains("liner"));
  CHECK_THAT(problems_of("train:\n  layers:\n    - linear 32\n    - reshape 5 7\n"),
             Catch::StartsWith("10:11: ") || Catch::StartsWith("11:5: "));
  CHECK_THAT(problems_of("train: {layers: [linear 32], preset: mlp}\n"),
             Catch::Contains("would leave `layers` out"));
}

TEST_CASE("What a trial learns is the first output with an axis") {
  const auto spec = test::learnable();
  learn::TrialSettings trial;
  CHECK(models::output_of(spec, trial) == "curve");
  trial.output = "total";
  CHECK(models::output_of(spec, trial) == "total");
}

TEST_CASE("Labels say what tells trials apart, and nothing else") {
  CHECK(models::labels_of({learn::TrialSettings{}}) == std::vector<std::string>{""});
  std::vector<learn::TrialSettings> trials(3);
  trials[1].width = 128;
  trials[2].seed = 2;
  CHECK(models::labels_of(trials) ==
        std::vector<std::string>{"width 256, seed 1", "width 128, seed 1", "width 256, seed 2"});
}
