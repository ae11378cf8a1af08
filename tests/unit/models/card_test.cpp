#include "tranche/models/card.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <random>
#include <sstream>

#include "support/random_surrogate.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/foreign.hpp"

using namespace tranche;
using namespace tranche::models;

namespace {

atlas::Axis axis_of(const surrogate::Input& input) {
  using Scale = surrogate::Input::Scale;
  if (input.scale == Scale::log)
    return {
        "log10(" + input.name + ")", atlas::Axis::Kind::real, std::log10(input.lo), std::log10(input.hi), {}};
  return {input.name, atlas::Axis::Kind::real, input.lo, input.hi, {}};
}

/// Random weights judged against themselves with an error that grows along the first parameter.
ModelCard example_card(std::uint64_t points, std::uint64_t members = 1) {
  ModelCard card;
  test::RandomSurrogate wish;
  wish.inputs = 3;
  wish.points = points;
  wish.members = members;
  wish.components = 2;
  wish.layers = {"linear 8 relu"};
  card.surrogate = test::make(wish);
  card.surrogate.provenance.model = "m1 <&>";
  card.surrogate.provenance.settings = R"({"width":8,"stage":"</script>"})";
  card.surrogate.spread_scale = members > 1 ? 1.5 : std::numeric_limits<double>::quiet_NaN();
  std::mt19937 engine{7};
  constexpr Eigen::Index rows = 600;
  card.rows.x.resize(rows, 3);
  std::vector<atlas::Axis> axes;
  for (Eigen::Index k = 0; k < 3; ++k) {
    const auto& input = card.surrogate.inputs[static_cast<std::size_t>(k)];
    axes.push_back(axis_of(input));
    for (Eigen::Index row = 0; row < rows; ++row) {
      const double share = std::uniform_real_distribution<double>{}(engine);
      card.rows.x(row, k) = input.scale == surrogate::Input::Scale::log
                                ? input.lo * std::pow(input.hi / input.lo, share)
                                : input.lo + share * (input.hi - input.lo);
    }
  }
  const auto prediction = card.surrogate.predict(card.rows.x);
  card.rows.truth = card.rows.predicted = prediction.mean;
  if (members > 1) card.rows.spread = prediction.spread * card.surrogate.spread_scale;
  const Eigen::MatrixXd u = card.surrogate.scaled(card.rows.x);
  for (Eigen::Index row = 0; row < rows; ++row) {
    card.rows.index.push_back(static_cast<SampleIndex>(row));
    card.rows.predicted.row(row).array() += 0.01 * std::exp(2 * u(row, 0));
  }
  card.window = card.surrogate.log10 ? 8 : std::numeric_limits<double>::infinity();
  card.errors = hold_out_errors(card.surrogate.inputs, axes, card.rows, card.window);
  card.speed = measure_speed(card.surrogate, card.rows.x);
  card.simulation_core_s = 1.5;
  card.command = "tranche models m1 --card";
  return card;
}

std::string check_page(const std::string& html, int charts) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "card.html";
  std::ofstream{path} << html;
  return test::run_python("check_page.py", path + " " + std::to_string(charts) + " 10");
}

}  // namespace

TEST_CASE("the page of a card draws all its plots and stays small") {
  // Three spectra with their differences, three parameters, one map, errors along the axis, histogram.
  const auto html = card_html(example_card(40));
  CHECK(check_page(html, 6 + 3 + 1 + 2) == "fine\n");
  CHECK(html.size() < 5'000'000);
  CHECK(html.find("m1 &lt;&amp;&gt;") != std::string::npos);
  for (const auto* part :
       {"Truth against prediction", "Where in the parameter space", "How fast it is", "provenance"})
    CHECK(html.find(part) != std::string::npos);
}

TEST_CASE("the page of an ensemble shows its error bars") {
  const auto card = example_card(40, 3);
  const auto html = card_html(card);
  CHECK(html.find("mean of 3 networks") != std::string::npos);
  CHECK(html.find("\"type\":\"area\"") != std::string::npos);
  CHECK(check_page(html, 12) == "fine\n");
}

TEST_CASE("an output without an axis is drawn as points about a line") {
  const auto html = card_html(example_card(1));
  CHECK(check_page(html, 1 + 3 + 1 + 1) == "fine\n");
}

TEST_CASE("the text of a card says the same in a screen or two") {
  const auto card = example_card(40);
  const auto text = card_text(card, {});
  std::istringstream lines{text};
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK(inspect::display_width(line) <= 80);
  CHECK(count > 40);
  CHECK(count < 80);
  CHECK_THAT(text, Catch::Contains("the worst tenth of the spectra at " + std::string{"delta"}));
  CHECK_THAT(text, Catch::Contains("tranche show "));
  CHECK_THAT(text, Catch::Contains("speed-up") && Catch::Contains("tranche models m1 --card"));
  const auto page = card_html(card);
  CHECK(page.find(card.errors.region.substr(card.errors.region.find(" of the worst") + 1, 20)) !=
        std::string::npos);
}

TEST_CASE("what a simulation costs may be unknown") {
  auto card = example_card(5);
  card.simulation_core_s = 0;
  CHECK_THAT(card_text(card, {}), Catch::Contains("does not say what a simulation costs"));
}
