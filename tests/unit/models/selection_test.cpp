#include "tranche/models/selection.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tranche/base/errors.hpp"

using namespace tranche;
using models::Selection;

namespace {

learn::TrialResult result(double median, double p99, double r2) {
  learn::TrialResult made;
  made.accuracy.median = median;
  made.accuracy.p99 = p99;
  made.accuracy.max = p99 * 2;
  made.accuracy.r2 = r2;
  return made;
}

using Order = std::vector<std::size_t>;

}  // namespace

TEST_CASE("A metric ranks by itself: errors from below, R2 from above") {
  const std::vector<learn::TrialResult> results{result(0.02, 0.1, 0.99), result(0.01, 0.3, 0.97),
                                                result(0.03, 0.2, 0.999)};
  CHECK(Selection{"median"}.ranking(results) == Order{1, 0, 2});
  CHECK(Selection{"p99"}.ranking(results) == Order{0, 2, 1});
  CHECK(Selection{"max"}.ranking(results) == Order{0, 2, 1});
  CHECK(Selection{"r2"}.ranking(results) == Order{2, 0, 1});
}

TEST_CASE("An expression over the metrics ranks from below") {
  const std::vector<learn::TrialResult> results{result(0.02, 0.1, 0.99), result(0.01, 0.3, 0.97),
                                                result(0.03, 0.2, 0.999)};
  CHECK(Selection{"median + 0.01*p99"}.score(results[1]) == Approx(0.013));
  CHECK(Selection{"max(median, max_error)"}.ranking(results) == Order{0, 2, 1});
  CHECK(Selection{"1 - r2"}.ranking(results) == Order{2, 0, 1});
}

TEST_CASE("Trials that are not ok are not ranked, and NaN is worse than all") {
  std::vector<learn::TrialResult> results{result(0.001, 0, 0), result(0.02, 0, 0),
                                          result(std::numeric_limits<double>::quiet_NaN(), 0, 0)};
  results[0].end = learn::TrialEnd::diverged;
  CHECK(Selection{"median"}.ranking(results) == Order{1, 2});
}

TEST_CASE("What is no selection is refused in words") {
  CHECK_THAT(*models::selection_problem("medain"), Catch::Contains("did you mean `median`?"));
  CHECK_THAT(*models::selection_problem("p99 +"), Catch::Contains("p99 +"));
  CHECK_THAT(*models::selection_problem("1 + 1"), Catch::Contains("uses no metric"));
  CHECK_THROWS_AS(Selection{"nothing"}, Failure);
  for (const auto& name : models::metric_names()) CHECK(!models::selection_problem(name));
}
