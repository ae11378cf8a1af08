#include "tranche/campaign/forecast.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "tranche/design/hash.hpp"

using namespace tranche::campaign;

namespace {

/// n times between 0 and 2, the same on every machine; mean 1, standard deviation 0.577.
std::vector<double> even_times(std::size_t n) {
  std::vector<double> times;
  for (std::size_t k = 0; k < n; ++k)
    times.push_back(2 * (static_cast<double>(tranche::design::hash(99, k) >> 11) * 0x1p-53));
  return times;
}

}  // namespace

TEST_CASE("A summary interpolates its quantiles and leaves out what is no time") {
  const std::vector<double> times{4, 1, 3, 2, -1, std::numeric_limits<double>::quiet_NaN()};
  const auto summary = wall_summary(times);
  CHECK(summary.runs == 4);
  CHECK(summary.median_s == 2.5);
  CHECK(summary.mean_s == 2.5);
  CHECK(summary.p95_s == Approx(3.85));
  CHECK(summary.max_s == 4);
  CHECK(wall_summary({}).runs == 0);
}

TEST_CASE("Without times there is no forecast, without samples it is zero") {
  CHECK_FALSE(forecast({}));
  const auto nothing_left = forecast({{1, 2, 3}, 0, 1, 1, 0});
  REQUIRE(nothing_left);
  CHECK(nothing_left->core_hours_hi == 0);
}

TEST_CASE("Equal times give an exact forecast") {
  const auto f = forecast({std::vector<double>(50, 7.2), 1000, 2, 10, 1});
  REQUIRE(f);
  CHECK(f->core_hours == Approx(1000 * 7.2 * 2 / 3600));
  CHECK(f->core_hours_lo == Approx(f->core_hours));
  CHECK(f->core_hours_hi == Approx(f->core_hours));
  CHECK(f->makespan_s == Approx(720));
}

TEST_CASE("The interval surrounds the mean and shrinks with more measurements") {
  const auto few = forecast({even_times(30), 100'000, 1, 1, 3});
  const auto many = forecast({even_times(3000), 100'000, 1, 1, 3});
  REQUIRE(few);
  REQUIRE(many);
  const double truth = 100'000.0 / 3600;
  CHECK(few->core_hours_lo < truth);
  CHECK(few->core_hours_hi > truth);
  CHECK(many->core_hours == Approx(truth).epsilon(0.03));
  const double few_width = few->core_hours_hi - few->core_hours_lo;
  const double many_width = many->core_hours_hi - many->core_hours_lo;
  CHECK(few_width / many_width == Approx(10).epsilon(0.25));
  // 2 x 1.645 x 0.577 / sqrt(3000), relative to the mean
  CHECK(many_width / truth == Approx(0.0347).epsilon(0.15));
}

TEST_CASE("The interval covers the truth about nine times in ten") {
  const double truth = 2000.0 / 3600;
  int covered = 0;
  for (std::uint64_t study = 0; study < 200; ++study) {
    std::vector<double> times;
    for (std::uint64_t k = 0; k < 100; ++k)
      times.push_back(2 * (static_cast<double>(tranche::design::hash(study, k) >> 11) * 0x1p-53));
    const auto f = forecast({times, 2000, 1, 1, study});
    if (f->core_hours_lo <= truth && truth <= f->core_hours_hi) ++covered;
  }
  CHECK(covered >= 170);
  CHECK(covered <= 196);
}

TEST_CASE("The same seed gives the same forecast, whatever the order of the times") {
  auto times = even_times(500);
  const auto forth = forecast({times, 1000, 1, 4, 5});
  std::reverse(times.begin(), times.end());
  const auto back = forecast({times, 1000, 1, 4, 5});
  const auto other = forecast({times, 1000, 1, 4, 6});
  CHECK(forth->core_hours == back->core_hours);
  CHECK(forth->core_hours_hi == back->core_hours_hi);
  CHECK(forth->core_hours_hi != other->core_hours_hi);
}

TEST_CASE("Of very many times an even part is used, with the same mean") {
  const auto f = forecast({even_times(250'000), 1000, 1, 1, 5});
  CHECK(f->based_on == 100'000);
  CHECK(f->core_hours * 3600 == Approx(1000).epsilon(0.05));
}
