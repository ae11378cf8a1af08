#include "tranche/learn/baselines.hpp"

#include <catch2/catch.hpp>

#include "random_network.hpp"

using namespace tranche::learn;
using test::Dice;

TEST_CASE("The nearest neighbour is the nearest of all") {
  Dice dice{10};
  const Eigen::MatrixXd u = dice.matrix(9000, 3);  // more than are looked at together
  const Eigen::MatrixXd y = dice.matrix(9000, 2);
  const Eigen::MatrixXd at = dice.matrix(300, 3);
  const Eigen::MatrixXd found = nearest_neighbour(u, y, at);
  for (Eigen::Index k = 0; k < at.rows(); ++k) {
    Eigen::Index row = 0;
    (u.rowwise() - at.row(k)).rowwise().squaredNorm().minCoeff(&row);
    CHECK(found.row(k) == y.row(row));
  }
  CHECK(nearest_neighbour(u, y, u.middleRows(5000, 5)) == y.middleRows(5000, 5));
}

TEST_CASE("The quadratic ridge finds a quadratic") {
  Dice dice{11};
  const auto quadratic = [](const Eigen::MatrixXd& u) {
    Eigen::MatrixXd y(u.rows(), 2);
    y.col(0) = 40 + u.col(0).array() - 3 * u.col(0).array() * u.col(2).array();
    y.col(1) = -60 + 2 * u.col(1).array().square();
    return y;
  };
  const Eigen::MatrixXd u = dice.matrix(5000, 3);
  const Eigen::MatrixXd at = dice.matrix(100, 3);
  CHECK((quadratic_ridge(u, quadratic(u), at) - quadratic(at)).cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("With noise and few samples the ridge is chosen, and is better than none") {
  Dice dice{12};
  const Eigen::MatrixXd u = dice.matrix(40, 7);  // 36 monomials
  const Eigen::MatrixXd at = dice.matrix(500, 7);
  const Eigen::MatrixXd noisy = u.col(0) + dice.matrix(40, 1);
  const Eigen::MatrixXd predicted = quadratic_ridge(u, noisy, at);
  CHECK((predicted - at.col(0)).norm() < at.col(0).norm());
}

TEST_CASE("Baselines take two samples, constant inputs and a single point") {
  Eigen::MatrixXd u(2, 2);
  u << -1, 0, 1, 0;
  Eigen::MatrixXd y(2, 1);
  y << 1, 3;
  CHECK(quadratic_ridge(u, y, u).allFinite());
  CHECK(quadratic_ridge(Eigen::MatrixXd::Zero(2, 2), y, u).isApproxToConstant(2));
  CHECK(nearest_neighbour(u, y, u) == y);
}
