#include "tranche/learn/trial_json.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "tranche/base/errors.hpp"
#include "tranche/learn/trial_words.hpp"

using namespace tranche;
using namespace tranche::learn;

namespace {

TrialSettings some() {
  TrialSettings settings;
  settings.output = "a \"b\" \xC3\xA9";
  settings.layers = {Linear{64, Activation::gate}, Residual{}};
  settings.preset = Preset::layers;
  settings.learning_rate = 1.0 / 3;
  settings.seed = std::uint64_t{1} << 53;
  settings.targets.floor_dex.reset();
  settings.window = std::numeric_limits<double>::infinity();
  settings.minutes = 0.1;
  return settings;
}

std::string refusal(const std::string& text) {
  try {
    trials_from_json(text, "trials.json");
  } catch (const DamageError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("Trials come back as they were written") {
  const std::vector<TrialSettings> trials{TrialSettings{}, some()};
  CHECK(trials_from_json(trials_to_json(trials), "trials.json") == trials);
  CHECK(trials_from_json(trials_to_json({}), "trials.json").empty());
  CHECK(settings_from_json(settings_to_json(some()), "x") == some());
}

TEST_CASE("trials.json says what differs, in its own types") {
  TrialSettings settings;
  settings.layers = {Linear{64, Activation::relu}, Upsample{2}};
  settings.preset = Preset::layers;
  settings.batch = 128;
  settings.targets.floor_dex.reset();
  CHECK(trials_to_json({settings, {}}) ==
        "{\"tranche_trials\": 1,\n \"trials\": [\n"
        "  {\"layers\":[\"linear 64 relu\",\"upsample "
        "2\"],\"preset\":\"layers\",\"floor\":\"off\",\"batch\":128},\n"
        "  {}\n]}\n");
}

TEST_CASE("Numbers may stand as text too") {
  const auto trials = trials_from_json(
      R"({"tranche_trials": 1, "trials": [{"width": "1_024", "fraction": 1e-1}]})", "trials.json");
  CHECK(trials[0].width == 1024);
  CHECK(trials[0].fraction == 0.1);
}

TEST_CASE("Files that are damaged or newer say where") {
  CHECK(refusal("{\"tranche_tri") == "trials.json: is no JSON, or is cut off");
  CHECK(refusal("[]") == "trials.json: holds no object");
  CHECK(refusal("{}") == "trials.json: has no version, `tranche_trials`");
  CHECK(refusal(R"({"tranche_trials": 1})") == "trials.json: has no `trials`");
  CHECK(refusal(R"({"tranche_trials": 1, "trials": {}})") == "trials.json: `trials` is no list");
  CHECK(refusal(R"({"tranche_trials": 1, "trials": [{}, 5]})") ==
        "trials.json: trial 1: no object with the keys of a training");
  CHECK(refusal(R"({"tranche_trials": 1, "trials": [{}, {"width": -5}]})") ==
        "trials.json: trial 1: width: `-5` is no whole number from 1 to 65536");
  CHECK(refusal(R"({"tranche_trials": 1, "trials": [{"depth": 3}]})")
            .find("trials.json: trial 0: a training has no key `depth`") == 0);
  CHECK(refusal(R"({"tranche_trials": 1, "trials": [{"width": [5]}]})") ==
        "trials.json: trial 0: width: is neither a number nor a text");
  CHECK(refusal(R"({"tranche_trials": 1, "trials": [{"width": null}]})") ==
        "trials.json: trial 0: width: is neither a number nor a text");
  CHECK(refusal(R"({"tranche_trials": 1, "trials": [{"layers": [["linear 5"]]}]})") ==
        "trials.json: trial 0: layers: a line is no text");
  try {
    trials_from_json(R"({"tranche_trials": 2, "trials": []})", "trials.json");
    FAIL("accepted");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::usage);
    CHECK(std::string{failure.what()} == "trials.json: is of version 2, and this tranche reads up to 1");
  }
}

TEST_CASE("A record comes back as it was written") {
  TrialRecord record{some(), {}};
  record.result.end = TrialEnd::plateau;
  record.result.early = true;
  record.result.accuracy = {100, 17'000, 0.99, 0.1, 0.01, 0.02, 0.03, 0.04, 0.5, 1.0 / 3};
  record.result.samples = 18'000;
  record.result.held_out = 2'000;
  record.result.parameters = 216'000;
  record.result.epochs = 12.5;
  record.result.cpu_s = 299.9;
  record.result.latency_us = 31;
  const auto again = record_from_json(record_to_json(record), "result.json");
  CHECK(again.settings == record.settings);
  CHECK(record_to_json(again) == record_to_json(record));
  CHECK(again.result.end == TrialEnd::plateau);
  CHECK(again.result.early);
  CHECK(again.result.accuracy.roughness == 1.0 / 3);
  CHECK(again.result.accuracy.points == 17'000);
  CHECK(again.result.held_out == 2'000);
}

TEST_CASE("A number that is none stays none") {
  TrialRecord record;
  record.result.accuracy.r2 = std::nan("");
  record.result.accuracy.max = std::numeric_limits<double>::infinity();
  const auto again = record_from_json(record_to_json(record), "result.json");
  CHECK(std::isnan(again.result.accuracy.r2));
  CHECK(std::isnan(again.result.accuracy.max));
}

TEST_CASE("A record without a number names it") {
  auto text = record_to_json({});
  text.replace(text.find("\"p99\""), 5, "\"p98\"");
  CHECK_THROWS_WITH(record_from_json(text, "result.json"), "result.json: has no `p99`");
  auto end = record_to_json({});
  end.replace(end.find("\"ok\""), 4, "\"no\"");
  CHECK_THROWS_WITH(record_from_json(end, "result.json"),
                    "result.json: `end` is none that this tranche knows");
}

TEST_CASE("A file that is cut off anywhere is refused by name") {
  const auto trials = trials_to_json({some(), {}});
  const auto record = record_to_json({some(), {}});
  for (std::size_t size = 0; size + 2 < trials.size(); ++size)
    CHECK_THROWS_AS(trials_from_json(trials.substr(0, size), "trials.json"), DamageError);
  for (std::size_t size = 0; size + 2 < record.size(); ++size)
    CHECK_THROWS_AS(record_from_json(record.substr(0, size), "result.json"), DamageError);
}
