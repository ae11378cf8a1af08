#include "tranche/models/leaderboard.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "../../support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/learn/trial_json.hpp"

using namespace tranche;
using models::Standing;

namespace {

learn::TrialResult result(double median) {
  learn::TrialResult made;
  made.accuracy.median = made.accuracy.mean = median;
  made.accuracy.r2 = 1 - median / 100;
  made.samples = 18'002;
  made.held_out = 1'998;
  made.parameters = 216'400;
  made.cpu_s = 58;
  made.latency_us = 38;
  return made;
}

/// Four trials: two are ok, one diverged, one waits.
class Model {
 public:
  Model() : paths_{directory::CampaignPaths{folder_.path()}, "m1"} {
    std::vector<learn::TrialSettings> trials(4);
    for (std::size_t k = 0; k < trials.size(); ++k) trials[k].seed = k + 1;
    std::filesystem::create_directories(paths_.folder());
    directory::write_atomically(paths_.settings(), learn::trials_to_json(trials),
                                directory::Durability::rename_only);
    end(0, result(0.03));
    end(1, result(0.01));
    auto diverged = result(0);
    diverged.end = learn::TrialEnd::diverged;
    end(2, diverged);
  }
  void end(std::uint64_t trial, const learn::TrialResult& what) {
    std::filesystem::create_directories(paths_.trial(trial));
    directory::write_atomically(paths_.result(trial), learn::record_to_json({{}, what}),
                                directory::Durability::rename_only);
  }
  const directory::ModelPaths& paths() const { return paths_; }

 private:
  test::TemporaryFolder folder_;
  directory::ModelPaths paths_;
};

std::vector<std::string> rows(const models::Leaderboard& board) {
  std::vector<std::string> all;
  for (const auto& each : board.standings)
    all.push_back((each.kind == Standing::Kind::trial ? std::to_string(each.trial) : each.name) + " " +
                  std::string{to_string(each.state)} + (each.chosen ? " chosen" : ""));
  return all;
}

}  // namespace

TEST_CASE("The leaderboard ranks what is ok, then says of the others how they stand") {
  const Model model;
  const auto board = models::read_leaderboard(model.paths(), "");
  CHECK(rows(board) == std::vector<std::string>{"1 ok", "0 ok", "2 diverged", "3 waiting"});
  CHECK(board.select == "median");
  CHECK(board.count(Standing::State::ok) == 2);
  CHECK(rows(models::read_leaderboard(model.paths(), "-median")).front() == "0 ok");
}

TEST_CASE("A trial that has begun and has no result is stopped when nobody works on it") {
  const Model model;
  std::filesystem::create_directories(model.paths().trial(3));
  CHECK(rows(models::read_leaderboard(model.paths(), "")).back() == "3 stopped");
}

TEST_CASE("Baselines stand at the end, whatever they reach") {
  const Model model;
  models::write_baselines(model.paths(), {{"nearest", result(0.2)}, {"ridge", result(0.001)}});
  const auto all = rows(models::read_leaderboard(model.paths(), ""));
  CHECK(all == std::vector<std::string>{"1 ok", "0 ok", "2 diverged", "3 waiting", "ridge ok", "nearest ok"});
}

TEST_CASE("What was chosen is marked, and an ensemble has a row of its own") {
  const Model model;
  models::Choice choice{{1}, "p99", 1000, result(0.01), std::numeric_limits<double>::quiet_NaN(), 0, 0};
  models::write_choice(model.paths(), choice);
  auto board = models::read_leaderboard(model.paths(), "median");
  CHECK(rows(board).front() == "1 ok chosen");
  CHECK(models::read_leaderboard(model.paths(), "").select == "p99");

  choice.trials = {1, 0};
  choice.result = result(0.008);
  choice.spread_scale = 1.5;
  choice.coverage_1 = 0.68;
  choice.coverage_2 = 0.93;
  models::write_choice(model.paths(), choice);
  board = models::read_leaderboard(model.paths(), "median");
  CHECK(rows(board) ==
        std::vector<std::string>{"mean 2 ok chosen", "1 ok", "0 ok", "2 diverged", "3 waiting"});
  REQUIRE(board.choice);
  CHECK(board.choice->trials == std::vector<std::uint64_t>{1, 0});
  CHECK(board.choice->coverage_2 == 0.93);
  CHECK_THAT(models::leaderboard_text(board, {}), Catch::Contains("68 % of the errors lie within one, 93 %"));
}

TEST_CASE("The tables fit on 80 columns") {
  const Model model;
  auto worst = result(0.0123456);
  worst.accuracy.p99 = worst.accuracy.p95 = 0.0123456;
  worst.accuracy.max = 0.123456;
  worst.accuracy.mse = 1.23456e-5;
  worst.accuracy.r2 = 0.99994567;
  worst.cpu_s = 754;
  Model wide;
  wide.end(3, worst);
  models::write_baselines(wide.paths(), {{"nearest", worst}});
  inspect::TextStyle style;
  const auto text = models::leaderboard_text(models::read_leaderboard(wide.paths(), ""), style);
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    const auto line = text.substr(begin, end - begin);
    INFO(line);
    CHECK(inspect::display_width(line) <= 80);
    begin = end + 1;
  }
  CHECK_THAT(text, Catch::Contains("0.999946") && Catch::Contains("216k") && Catch::Contains("diverged"));
}

TEST_CASE("Files that are damaged are named") {
  const Model model;
  directory::write_atomically(model.paths().choice(), "{", directory::Durability::rename_only);
  CHECK_THROWS_WITH(models::read_leaderboard(model.paths(), ""), Catch::Contains("chosen.json"));
  directory::write_atomically(model.paths().result(1), "{", directory::Durability::rename_only);
  std::filesystem::remove(model.paths().choice());
  CHECK_THROWS_WITH(models::read_leaderboard(model.paths(), ""), Catch::Contains("0001"));
  CHECK_THROWS_AS(models::read_leaderboard({directory::CampaignPaths{"/nowhere"}, "m9"}, ""), Failure);
}
