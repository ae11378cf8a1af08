#include "tranche/learn/accuracy.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "tranche/base/errors.hpp"

using namespace tranche::learn;

constexpr double all = std::numeric_limits<double>::infinity();

TEST_CASE("Accuracy by hand") {
  Eigen::MatrixXd truth(2, 2);
  truth << 1, 2, 3, 4;
  Eigen::MatrixXd predicted(2, 2);
  predicted << 1, 2.5, 2, 4;
  const auto found = accuracy(truth, predicted, all);
  CHECK(found.samples == 2);
  CHECK(found.points == 4);
  CHECK(found.mean == Approx(0.375));
  CHECK(found.mse == Approx(1.25 / 4));
  CHECK(found.r2 == Approx(1 - 1.25 / 5));
  CHECK(found.max == 1);
  CHECK(found.median == 0);
  CHECK(found.p95 == 0.5);
}

TEST_CASE("Points far below a row's peak do not count") {
  Eigen::MatrixXd truth(2, 3);
  truth << 0, -8, -9, 10, 1, 5;
  Eigen::MatrixXd predicted = truth;
  predicted(0, 2) = 100;
  predicted(1, 1) = 100;
  const auto found = accuracy(truth, predicted, 8);
  CHECK(found.points == 4);
  CHECK(found.max == 0);
  CHECK(found.r2 == 1);
}

TEST_CASE("Roughness is the second difference of the error over that of the truth") {
  Eigen::MatrixXd truth(1, 4);
  truth << 0, 1, 0, 1;  // second differences -2, 2
  Eigen::MatrixXd predicted = truth;
  predicted(0, 1) += 0.5;  // -1, 0.5
  CHECK(accuracy(truth, predicted, all).roughness == Approx(std::sqrt(1.25 / 8)));
  CHECK(accuracy(truth, Eigen::MatrixXd{truth.array() + 3}, all).roughness == Approx(0).margin(1e-12));
}

TEST_CASE("Ranks of errors are those of their sorted list") {
  Eigen::MatrixXd truth = Eigen::MatrixXd::Zero(101, 1);
  Eigen::MatrixXd predicted(101, 1);
  for (int k = 0; k <= 100; ++k) predicted(k, 0) = (k * 37) % 101;
  const auto found = accuracy(truth, predicted, all);
  CHECK(found.median == 50);
  CHECK(found.p95 == 95);
  CHECK(found.p99 == 99);
  CHECK(found.max == 100);
}

TEST_CASE("A prediction that is no number leaves nothing to say") {
  Eigen::MatrixXd predicted = Eigen::MatrixXd::Zero(2, 2);
  predicted(1, 0) = std::nan("");
  const auto found = accuracy(Eigen::MatrixXd::Identity(2, 2), predicted, all);
  CHECK(found.samples == 2);
  CHECK(found.points == 0);
  CHECK(std::isnan(found.r2));
  CHECK(std::isnan(found.median));
  CHECK(std::isnan(found.roughness));
}

TEST_CASE("Small differences of large values are not lost") {
  Eigen::MatrixXd truth(1, 4);
  truth << 1, 2, 3, 4;
  Eigen::MatrixXd predicted(1, 4);
  predicted << 1, 2, 3.5, 3;
  const double near = accuracy(truth, predicted, all).r2;
  CHECK(accuracy(truth.array() + 1e9, predicted.array() + 1e9, all).r2 == Approx(near));
}

TEST_CASE("Nothing to judge is a mistake of ours") {
  CHECK_THROWS_AS(accuracy(Eigen::MatrixXd(0, 2), Eigen::MatrixXd(0, 2), all), tranche::ContractError);
  CHECK_THROWS_AS(accuracy(Eigen::MatrixXd::Zero(1, 2), Eigen::MatrixXd::Zero(1, 3), all),
                  tranche::ContractError);
}
