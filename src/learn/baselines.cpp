#include "tranche/learn/baselines.hpp"

#include <Eigen/Eigenvalues>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "blocks.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/learn/targets.hpp"

namespace tranche::learn {
namespace {

using Rows = Eigen::Ref<const Eigen::MatrixXd>;

/// Relative to the mean diagonal of the normal equations.
constexpr std::array ridges{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0};

/// Of all samples, each `split`th chooses the ridge.
constexpr Eigen::Index split = 5;

/// u_i, then u_i u_j for i <= j; no constant: everything is centred.
Eigen::MatrixXd features(const Rows& u) {
  const auto d = u.cols();
  const auto squares = d * (d + 1) / 2;
  const bool quadratic = static_cast<std::uint64_t>(d + squares) <= most_monomials;
  Eigen::MatrixXd values(u.rows(), d + (quadratic ? squares : 0));
  values.leftCols(d) = u;
  if (!quadratic) return values;
  Eigen::Index at = d;
  for (Eigen::Index i = 0; i < d; ++i)
    for (Eigen::Index j = i; j < d; ++j) values.col(at++) = u.col(i).cwiseProduct(u.col(j));
  return values;
}

/// Sums over samples from which a ridge regression follows; two of them can be added.
struct Moments {
  double count = 0;
  Eigen::RowVectorXd a;  ///< of the features
  Eigen::RowVectorXd y;
  Eigen::MatrixXd aa;
  Eigen::MatrixXd ay;

  Moments(Eigen::Index columns, Eigen::Index points)
      : a{Eigen::RowVectorXd::Zero(columns)},
        y{Eigen::RowVectorXd::Zero(points)},
        aa{Eigen::MatrixXd::Zero(columns, columns)},
        ay{Eigen::MatrixXd::Zero(columns, points)} {}

  /// `shift` keeps the products small where outputs are far from zero.
  void add(const Eigen::MatrixXd& powers, const Rows& rows, const Eigen::RowVectorXd& shift) {
    const Eigen::MatrixXd shifted = rows.rowwise() - shift;
    count += static_cast<double>(powers.rows());
    a += powers.colwise().sum();
    y += shifted.colwise().sum();
    aa.noalias() += powers.transpose() * powers;
    ay.noalias() += powers.transpose() * shifted;
  }

  void add(const Moments& other) {
    count += other.count;
    a += other.a;
    y += other.y;
    aa += other.aa;
    ay += other.ay;
  }
};

/// Solutions for any ridge from one decomposition.
class Regression {
 public:
  explicit Regression(const Moments& sums)
      : mean_a_{sums.a / sums.count},
        mean_y_{sums.y / sums.count},
        solver_{sums.aa / sums.count - mean_a_.transpose() * mean_a_},
        rotated_{solver_.eigenvectors().transpose() *
                 (sums.ay / sums.count - mean_a_.transpose() * mean_y_)} {}

  /// y = constant + features * slopes.
  struct Solution {
    Eigen::RowVectorXd constant;
    Eigen::MatrixXd slopes;
  };

  Solution solve(double ridge) const {
    const Eigen::VectorXd values = solver_.eigenvalues().cwiseMax(0);
    const double penalty = std::max(ridge * values.mean(), std::numeric_limits<double>::min());
    const Eigen::VectorXd inverse = (values.array() + penalty).inverse();
    Solution solution;
    solution.slopes = solver_.eigenvectors() * (inverse.asDiagonal() * rotated_);
    solution.constant = mean_y_ - mean_a_ * solution.slopes;
    return solution;
  }

 private:
  Eigen::RowVectorXd mean_a_;
  Eigen::RowVectorXd mean_y_;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver_;
  Eigen::MatrixXd rotated_;
};

/// Sum of squared errors on samples known by their sums only.
double error_of(const Regression::Solution& solution, const Moments& sums, double squares) {
  const Eigen::MatrixXd& b = solution.slopes;
  const Eigen::RowVectorXd& c = solution.constant;
  const double fitted =
      b.cwiseProduct(sums.aa * b).sum() + sums.count * c.squaredNorm() + 2 * (sums.a * b).dot(c);
  const double shared = b.cwiseProduct(sums.ay).sum() + c.dot(sums.y);
  return squares - 2 * shared + fitted;
}

double best_ridge(const Moments& learnt, const Moments& judged, double squares) {
  const Regression regression{learnt};
  double best = ridges.back();
  double least = std::numeric_limits<double>::infinity();
  for (const double ridge : ridges) {
    const double error = error_of(regression.solve(ridge), judged, squares);
    if (!(error < least)) continue;
    least = error;
    best = ridge;
  }
  return best;
}

}  // namespace

Eigen::MatrixXd nearest_neighbour(const Eigen::Ref<const Eigen::MatrixXd>& u,
                                  const Eigen::Ref<const Eigen::MatrixXd>& y,
                                  const Eigen::Ref<const Eigen::MatrixXd>& at) {
  ensure(u.rows() > 0 && u.rows() == y.rows() && u.cols() == at.cols(), "samples to be near to");
  constexpr Eigen::Index asked_at_once = 256;
  Eigen::MatrixXd found(at.rows(), y.cols());
  const Eigen::VectorXd squares = u.rowwise().squaredNorm();
  for (Eigen::Index first = 0; first < at.rows(); first += asked_at_once) {
    const auto count = std::min(asked_at_once, at.rows() - first);
    Eigen::VectorXd nearest = Eigen::VectorXd::Constant(count, std::numeric_limits<double>::infinity());
    std::vector<Eigen::Index> place(static_cast<std::size_t>(count));
    each_block(u.rows(), [&](Eigen::Index begin, Eigen::Index rows) {
      // |u - a|^2 less |a|^2, which is the same for all.
      Eigen::MatrixXd distance = -2 * u.middleRows(begin, rows) * at.middleRows(first, count).transpose();
      distance.colwise() += squares.segment(begin, rows);
      for (Eigen::Index k = 0; k < count; ++k) {
        Eigen::Index row = 0;
        const double least = distance.col(k).minCoeff(&row);
        if (!(least < nearest[k])) continue;
        nearest[k] = least;
        place[static_cast<std::size_t>(k)] = begin + row;
      }
    });
    for (Eigen::Index k = 0; k < count; ++k) found.row(first + k) = y.row(place[static_cast<std::size_t>(k)]);
  }
  return found;
}

Eigen::MatrixXd quadratic_ridge(const Eigen::Ref<const Eigen::MatrixXd>& u,
                                const Eigen::Ref<const Eigen::MatrixXd>& y,
                                const Eigen::Ref<const Eigen::MatrixXd>& at) {
  ensure(u.rows() > 1 && u.rows() == y.rows() && u.cols() == at.cols(), "samples to fit");
  const Eigen::RowVectorXd shift = y.colwise().mean();
  const auto columns = features(u.topRows(1)).cols();
  Moments learnt{columns, y.cols()};
  Moments judged{columns, y.cols()};
  double squares = 0;
  each_block(u.rows(), [&](Eigen::Index begin, Eigen::Index rows) {
    std::vector<Eigen::Index> learn_rows;
    std::vector<Eigen::Index> judge_rows;
    for (Eigen::Index row = begin; row < begin + rows; ++row)
      (row % split == 0 ? judge_rows : learn_rows).push_back(row);
    learnt.add(features(u(learn_rows, Eigen::all)), y(learn_rows, Eigen::all), shift);
    judged.add(features(u(judge_rows, Eigen::all)), y(judge_rows, Eigen::all), shift);
    squares += (y(judge_rows, Eigen::all).rowwise() - shift).squaredNorm();
  });
  const double ridge = best_ridge(learnt, judged, squares);
  learnt.add(judged);
  const auto solution = Regression{learnt}.solve(ridge);
  Eigen::MatrixXd predicted(at.rows(), y.cols());
  each_block(at.rows(), [&](Eigen::Index begin, Eigen::Index rows) {
    predicted.middleRows(begin, rows).noalias() = features(at.middleRows(begin, rows)) * solution.slopes;
  });
  predicted.rowwise() += solution.constant + shift;
  return predicted;
}

}  // namespace tranche::learn
