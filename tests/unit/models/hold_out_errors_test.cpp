#include "tranche/models/hold_out_errors.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

using namespace tranche;
using namespace tranche::models;
using surrogate::Input;

namespace {

/// `n` spectra of 5 points that fall by a decade each; prediction = truth + error of the row.
struct Example {
  std::vector<Input> inputs{{"B", "gauss", Input::Scale::log, 0.1, 10},
                            {"field", "1", Input::Scale::levels, 0, 1}};
  std::vector<atlas::Axis> axes{{"log10(B)", atlas::Axis::Kind::real, -1, 1, {}},
                                {"field", atlas::Axis::Kind::levels, 0, 0, {"blr", "torus"}}};
  JudgedRows rows;

  template <class Error>
  Example(Eigen::Index n, Error error) {
    rows.x.resize(n, 2);
    rows.truth.resize(n, 5);
    rows.predicted.resize(n, 5);
    for (Eigen::Index row = 0; row < n; ++row) {
      rows.index.push_back(static_cast<SampleIndex>(10 * row));
      rows.x(row, 0) = 0.1 * std::pow(100.0, (static_cast<double>(row) + 0.5) / static_cast<double>(n));
      rows.x(row, 1) = static_cast<double>(row % 2);
      for (Eigen::Index k = 0; k < 5; ++k) rows.truth(row, k) = 40 - static_cast<double>(k);
      rows.predicted.row(row) = rows.truth.row(row).array() + error(row);
    }
  }
  HoldOutErrors judged(double window) const { return hold_out_errors(inputs, axes, rows, window); }
};

}  // namespace

TEST_CASE("points below the window count for nothing") {
  Example example{40, [](auto) { return 0.5; }};
  example.rows.predicted.col(4).array() += 100;
  const auto errors = example.judged(3.5);
  CHECK(errors.inside.max == Approx(0.5));
  CHECK(errors.all_points.max == Approx(100.5));
  CHECK(errors.of_spectrum[0] == Approx(0.5));
  CHECK(std::isnan(errors.by_point[4].median));
  CHECK(errors.by_point[3].p99 == Approx(0.5));
  CHECK(std::accumulate(errors.histogram.begin(), errors.histogram.end(), 0.0) == 40 * 4);
}

TEST_CASE("best, median and worst spectrum are found by their mean error") {
  const Example example{101, [](auto row) { return 1e-3 * static_cast<double>((row * 37) % 101); }};
  const auto errors = example.judged(8);
  REQUIRE(errors.examples.size() == 3);
  CHECK(errors.examples[0].what == "best");
  CHECK((errors.examples[0].row * 37) % 101 == 0);
  CHECK((errors.examples[1].row * 37) % 101 == 50);
  CHECK((errors.examples[2].row * 37) % 101 == 100);
  CHECK(errors.examples[2].error == Approx(0.1));
}

TEST_CASE("errors by parameter: bins of its own scale, one a level, with the right samples in each") {
  const Example example{2000, [](auto row) { return row % 2 == 0 ? 0.01 : 0.03; }};
  const auto errors = example.judged(8);
  const auto& levels = errors.by_parameter[1];
  REQUIRE(levels.bins.size() == 2);
  CHECK(levels.bins[0].lo == -0.5);
  CHECK(levels.bins[0].samples == 1000);
  CHECK(levels.bins[0].median == Approx(0.01));
  CHECK(levels.bins[1].median == Approx(0.03));
  CHECK(levels.contrast == Approx(3.0));
  const auto& log = errors.by_parameter[0];
  REQUIRE(log.bins.size() == 20);
  CHECK(log.bins[10].lo == Approx(1.0));
  CHECK(log.bins[10].samples == 100);
  CHECK(log.contrast < 3);
  REQUIRE(errors.maps.size() == 1);
  CHECK(errors.maps[0].x == 1);
  CHECK(errors.maps[0].median.size() == 2 * 12);
  CHECK(errors.maps[0].median[0] == Approx(0.01));
}

TEST_CASE("where the worst spectra are is said as a box, on the parameter's own scale") {
  const Example example{2000,
                        [](auto row) { return row >= 1800 ? 0.2 : 1e-4 * static_cast<double>(row % 10); }};
  const auto errors = example.judged(8);
  CHECK_THAT(errors.region, Catch::Contains("the worst tenth of the spectra at log10(B) >= 0."));
  const Example even{2000, [](auto row) { return 1e-4 * static_cast<double>((row * 7919) % 2000); }};
  CHECK_THAT(even.judged(8).region, Catch::Contains("all over"));
  const Example few{20, [](auto) { return 0.1; }};
  CHECK_THAT(few.judged(8).region, Catch::Contains("too few"));
}

TEST_CASE("a surrogate without any error has a histogram as well") {
  const Example exact{50, [](auto) { return 0.0; }};
  const auto errors = exact.judged(std::numeric_limits<double>::infinity());
  CHECK(errors.inside.max == 0);
  CHECK(std::accumulate(errors.histogram.begin(), errors.histogram.end(), 0.0) == 50 * 5);
  CHECK(errors.by_parameter[0].contrast == 1);
}
