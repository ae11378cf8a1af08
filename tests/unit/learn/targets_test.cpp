#include "tranche/learn/targets.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "random_network.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::learn;
using test::Dice;

namespace {

/// Smooth spectra of `points` numbers between -30 and 0, from d inputs.
Eigen::MatrixXd spectra(const Eigen::MatrixXd& u, Eigen::Index points) {
  Eigen::MatrixXd y(u.rows(), points);
  for (Eigen::Index row = 0; row < u.rows(); ++row)
    for (Eigen::Index k = 0; k < points; ++k) {
      const double x = static_cast<double>(k) / static_cast<double>(points) - 0.5;
      y(row, k) = -5 + u(row, 0) - 40 * std::pow(x - 0.1 * u(row, 1), 2) +
                  std::sin(3 * u(row, 0) * u(row, 2) + 5 * x);
    }
  return y;
}

std::string refusal(const TargetOptions& options, const Eigen::MatrixXd& u, const Eigen::MatrixXd& y) {
  try {
    Targets::fit(options, u, y);
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::usage);
    CHECK_FALSE(failure.fix().empty());
    return failure.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("Every form and scaling comes back as it was") {
  Dice dice{4};
  const Eigen::MatrixXd u = dice.matrix(4200, 3);  // more than one block
  const Eigen::MatrixXd y = spectra(u, 40);
  for (const auto form : {TargetForm::value, TargetForm::derivative, TargetForm::components})
    for (const auto scaling : {Scaling::global, Scaling::each})
      for (const auto baseline : {Baseline::off, Baseline::linear, Baseline::cubic})
        for (const auto floor : {std::optional<double>{}, std::optional<double>{6}}) {
          INFO(to_string(form) << ' ' << to_string(scaling) << ' ' << to_string(baseline) << ' '
                               << floor.value_or(0));
          const auto targets = Targets::fit({floor, baseline, form, 1000, scaling}, u, y);
          const Matrix z = targets.encode(u, y);
          REQUIRE(z.cols() == static_cast<Eigen::Index>(targets.count()));
          CHECK(targets.points() == 40);
          CHECK(z.cwiseAbs().maxCoeff() < 1);
          CHECK(z.cwiseAbs().maxCoeff() > 0.9F);
          const Eigen::MatrixXd again = targets.decode(u, z);
          CHECK((again - softened(floor, y)).cwiseAbs().maxCoeff() < 3e-6);
          Eigen::MatrixXd linear = z.cast<double>() * targets.decoder();
          if (targets.coefficients.rows() > 0) linear += monomials(baseline, u) * targets.coefficients;
          linear.rowwise() += targets.mean;
          CHECK((linear - again).cwiseAbs().maxCoeff() < 1e-9);
        }
}

TEST_CASE("Components are orthonormal, and lose what they leave out and no more") {
  Dice dice{5};
  const Eigen::MatrixXd u = dice.matrix(400, 3);
  const Eigen::MatrixXd y = spectra(u, 30);
  double before = 1e300;
  for (const std::uint64_t count : {1, 3, 6, 30}) {
    const auto targets =
        Targets::fit({{}, Baseline::off, TargetForm::components, count, Scaling::global}, u, y);
    REQUIRE(targets.count() <= count);
    const auto kept = static_cast<Eigen::Index>(targets.count());
    CHECK((targets.components * targets.components.transpose())
              .isApprox(Eigen::MatrixXd::Identity(kept, kept), 1e-9));
    const Eigen::MatrixXd rest = y.rowwise() - targets.mean;
    const Eigen::MatrixXd kept_part = rest * targets.components.transpose() * targets.components;
    const Eigen::MatrixXd again = targets.decode(u, targets.encode(u, y));
    CHECK((again.rowwise() - targets.mean - kept_part).cwiseAbs().maxCoeff() < 3e-6);
    const double lost = (again - y).norm();
    CHECK((lost < before || lost < 1e-4));  // rounding of float32
    before = lost;
  }
}

TEST_CASE("The first target of a derivative is the level, the others are differences") {
  Eigen::MatrixXd u(2, 1);
  u << -1, 1;
  Eigen::MatrixXd y(2, 3);
  y << 0, 0, 0, 3, 5, 10;
  const auto targets = Targets::fit({{}, Baseline::off, TargetForm::derivative, 0, Scaling::global}, u, y);
  const Matrix z = targets.encode(u, y);
  // The mean spectrum is half of the second one: +-3, +-1, +-2.5.
  CHECK(z(1, 0) * targets.scale[0] == Approx(3));
  CHECK(z(1, 1) * targets.scale[1] == Approx(1));
  CHECK(z(1, 2) * targets.scale[2] == Approx(2.5));
  CHECK(targets.scale[1] == targets.scale[2]);
  CHECK(targets.scale[0] != targets.scale[1]);
}

TEST_CASE("A cubic in the inputs leaves nothing to learn") {
  Dice dice{6};
  const Eigen::MatrixXd u = dice.matrix(500, 3);
  Eigen::MatrixXd y(500, 2);
  y.col(0) = 1 + u.col(0).array() - 2 * u.col(1).array() * u.col(2).array() + u.col(0).array().cube();
  y.col(1) = u.col(0).array() * u.col(1).array() * u.col(2).array() - 3;
  const auto with = Targets::fit({{}, Baseline::cubic, TargetForm::value, 0, Scaling::global}, u, y);
  CHECK(with.scale.maxCoeff() < 1e-5);
  const Matrix nothing = Matrix::Zero(500, 2);
  CHECK((with.decode(u, nothing) - y).cwiseAbs().maxCoeff() < 1e-5);
}

TEST_CASE("Monomials stand in their order") {
  Eigen::MatrixXd u(1, 2);
  u << 2, 3;
  Eigen::MatrixXd expected(1, 10);
  //          1  a  b  aa aaa aab ab abb bb bbb
  expected << 1, 2, 3, 4, 8, 12, 6, 18, 9, 27;
  CHECK(monomials(Baseline::cubic, u) == expected);
  CHECK(monomials(Baseline::linear, u) == expected.leftCols(3));
  CHECK(monomials(Baseline::off, u).cols() == 0);
  for (const auto baseline : {Baseline::off, Baseline::linear, Baseline::cubic})
    for (const Eigen::Index inputs : {1, 4, 7})
      CHECK(monomials(baseline, Eigen::MatrixXd::Zero(1, inputs)).cols() ==
            static_cast<Eigen::Index>(monomial_count(baseline, static_cast<std::uint64_t>(inputs))));
  CHECK(monomial_count(Baseline::cubic, 7) == 120);
}

TEST_CASE("A baseline with too few samples is one of a lower degree") {
  CHECK(baseline_for(Baseline::cubic, 7, 480) == Baseline::cubic);
  CHECK(baseline_for(Baseline::cubic, 7, 479) == Baseline::linear);
  CHECK(baseline_for(Baseline::cubic, 7, 31) == Baseline::off);
  CHECK(baseline_for(Baseline::linear, 7, 32) == Baseline::linear);
  CHECK(baseline_for(Baseline::off, 7, 1'000'000) == Baseline::off);
  CHECK(baseline_for(Baseline::cubic, 50, 1'000'000'000) == Baseline::linear);  // 23 426 monomials
  Dice dice{7};
  const Eigen::MatrixXd u = dice.matrix(200, 7);
  const auto targets = Targets::fit({}, u, spectra(u, 20));
  CHECK(targets.baseline == Baseline::linear);
  CHECK(targets.coefficients.rows() == 8);
}

TEST_CASE("The soft floor touches nothing above it and is smooth") {
  Eigen::MatrixXd y(1, 5);
  y << 40, 39.5, 35, 30, -60;
  const Eigen::MatrixXd soft = softened(10, y);
  CHECK(soft(0, 0) == Approx(40 + 1e-10 / std::log(10)).margin(1e-12));
  CHECK(soft(0, 1) == Approx(39.5).margin(1e-9));
  CHECK(soft(0, 2) == Approx(35).margin(1e-4));
  CHECK(soft(0, 3) == Approx(30 + std::log10(2)));
  CHECK(soft(0, 4) == Approx(30));
  CHECK(softened({}, y) == y);
  Eigen::RowVectorXd row = y;
  soften(row, 10);
  CHECK(row == soft);
}

TEST_CASE("A point that never varies does no harm, also where each has its own scale") {
  Dice dice{8};
  const Eigen::MatrixXd u = dice.matrix(100, 2);
  Eigen::MatrixXd y = dice.matrix(100, 4);
  y.col(2).setConstant(-60);
  for (const auto form : {TargetForm::value, TargetForm::derivative, TargetForm::components}) {
    const auto targets = Targets::fit({{}, Baseline::off, form, 4, Scaling::each}, u, y);
    CHECK(targets.scale.minCoeff() > 0);
    CHECK((targets.decode(u, targets.encode(u, y)) - y).cwiseAbs().maxCoeff() < 1e-5);
  }
}

TEST_CASE("One point and two samples are enough for every form") {
  Eigen::MatrixXd u(2, 1);
  u << -1, 1;
  Eigen::MatrixXd y(2, 1);
  y << 3, 4;
  for (const auto form : {TargetForm::value, TargetForm::derivative, TargetForm::components}) {
    const auto targets = Targets::fit({{}, Baseline::cubic, form, 64, Scaling::global}, u, y);
    CHECK(targets.count() == 1);
    CHECK((targets.decode(u, targets.encode(u, y)) - y).cwiseAbs().maxCoeff() < 1e-6);
  }
}

TEST_CASE("What cannot be learned says so") {
  Dice dice{9};
  const Eigen::MatrixXd u = dice.matrix(6, 2);
  Eigen::MatrixXd y = dice.matrix(6, 3);
  CHECK(refusal({}, u.topRows(1), y.topRows(1)) ==
        "there is nothing to learn from 1 sample(s): two are needed at least");
  CHECK(refusal({}, u.topRows(0), y.topRows(0)) ==
        "there is nothing to learn from 0 sample(s): two are needed at least");
  CHECK(refusal({}, u, Eigen::MatrixXd::Constant(6, 3, 0.1)) ==
        "the outputs are the same in every sample: there is nothing to learn");
  CHECK(refusal({}, u, Eigen::MatrixXd::Zero(6, 3)) ==
        "the outputs are the same in every sample: there is nothing to learn");
  const auto good = Targets::fit({}, u, y);
  y(4, 1) = std::nan("");
  const std::string text = "the outputs hold values that are not finite: the first is point 1 of row 4";
  CHECK(refusal({}, u, y) == text);
  CHECK_THROWS_WITH(good.encode(u, y), text);
  y(4, 1) = -INFINITY;
  CHECK(refusal({}, u, y) == text);
}

TEST_CASE("Words of the forms are theirs alone") {
  for (int k = 0; k < 3; ++k) {
    CHECK(baseline_of(to_string(static_cast<Baseline>(k))) == static_cast<Baseline>(k));
    CHECK(target_form_of(to_string(static_cast<TargetForm>(k))) == static_cast<TargetForm>(k));
  }
  CHECK(scaling_of("each") == Scaling::each);
  CHECK(scaling_of(to_string(Scaling::global)) == Scaling::global);
  CHECK_FALSE(baseline_of("quartic"));
  CHECK_FALSE(target_form_of(""));
  CHECK_FALSE(scaling_of("per-bin"));
}
