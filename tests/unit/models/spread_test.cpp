#include "tranche/models/spread.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace tranche;

namespace {

using Mask = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;

struct Numbers {
  Eigen::MatrixXd truth;
  Eigen::MatrixXd mean;
  Eigen::MatrixXd spread;
};

/// Normal errors with a standard deviation of `factor` times the spread.
Numbers normal(double factor, Eigen::Index rows, Eigen::Index points) {
  std::mt19937 random{7};
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> width{0.1, 1};
  Numbers n{Eigen::MatrixXd(rows, points), Eigen::MatrixXd::Zero(rows, points),
            Eigen::MatrixXd(rows, points)};
  for (Eigen::Index row = 0; row < rows; ++row)
    for (Eigen::Index k = 0; k < points; ++k) {
      n.spread(row, k) = width(random);
      n.truth(row, k) = factor * n.spread(row, k) * normal(random);
    }
  return n;
}

}  // namespace

TEST_CASE("The scale is that of the errors, and normal errors are covered as they should be") {
  const auto n = normal(2.5, 400, 50);
  const auto fit = models::fit_spread(n.truth, n.mean, n.spread, Mask::Constant(400, 50, true));
  CHECK(fit.scale == Approx(2.5).epsilon(0.05));
  CHECK(fit.coverage_1 == Approx(0.683).margin(0.02));
  CHECK(fit.coverage_2 == Approx(0.954).margin(0.02));
}

TEST_CASE("Points that are not judged, or on which all members agree, count for nothing") {
  auto n = normal(1, 400, 50);
  const auto before = models::fit_spread(n.truth, n.mean, n.spread, Mask::Constant(400, 50, true));
  Mask judged = Mask::Constant(400, 60, true);
  judged.rightCols(10).setConstant(false);
  for (auto* matrix : {&n.truth, &n.mean, &n.spread}) {
    matrix->conservativeResize(400, 60);
    matrix->rightCols(10).setConstant(1e9);
  }
  CHECK(models::fit_spread(n.truth, n.mean, n.spread, judged).scale == before.scale);
  n.spread.setZero();
  CHECK(std::isnan(models::fit_spread(n.truth, n.mean, n.spread, judged).scale));
}
