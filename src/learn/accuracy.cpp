#include "tranche/learn/accuracy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tranche/base/errors.hpp"

namespace tranche::learn {
namespace {

double at_share(std::vector<double>& values, double share) {
  const auto place = values.begin() +
                     static_cast<std::ptrdiff_t>(std::floor(share * static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

double second_difference(const Eigen::Ref<const Eigen::RowVectorXd>& row, Eigen::Index k) {
  return row[k - 1] - 2 * row[k] + row[k + 1];
}

double square(double x) {
  return x * x;
}

Accuracy nowhere_defined(Eigen::Index samples) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  return {static_cast<std::uint64_t>(samples), 0, none, none, none, none, none, none, none, none};
}

}  // namespace

Accuracy accuracy(const Eigen::Ref<const Eigen::MatrixXd>& truth,
                  const Eigen::Ref<const Eigen::MatrixXd>& predicted, double window) {
  ensure(truth.rows() > 0 && truth.rows() == predicted.rows() && truth.cols() == predicted.cols(),
         "truth and prediction have the same shape");
  if (!truth.allFinite() || !predicted.allFinite()) return nowhere_defined(truth.rows());
  std::vector<double> errors;
  const double shift = truth(0, 0);  // keeps the squares small where values are far from zero
  double sum = 0;
  double squares = 0;
  double curved_error = 0;
  double curved_truth = 0;
  for (Eigen::Index row = 0; row < truth.rows(); ++row) {
    const Eigen::RowVectorXd y = truth.row(row);
    const Eigen::RowVectorXd error = predicted.row(row) - y;
    const double least = y.maxCoeff() - window;
    for (Eigen::Index k = 0; k < y.size(); ++k) {
      if (y[k] < least) continue;
      errors.push_back(std::abs(error[k]));
      sum += y[k] - shift;
      squares += square(y[k] - shift);
      if (k == 0 || k + 1 == y.size() || y[k - 1] < least || y[k + 1] < least) continue;
      curved_error += square(second_difference(error, k));
      curved_truth += square(second_difference(y, k));
    }
  }
  Accuracy result;
  result.samples = static_cast<std::uint64_t>(truth.rows());
  result.points = errors.size();
  const auto count = static_cast<double>(errors.size());
  double squared_errors = 0;
  for (const double error : errors) {
    result.mean += error / count;
    squared_errors += square(error);
  }
  result.mse = squared_errors / count;
  const double deviation = squares - square(sum) / count;
  result.r2 = deviation > 0 ? 1 - squared_errors / deviation : 0;
  result.roughness = curved_truth > 0 ? std::sqrt(curved_error / curved_truth) : 0;
  result.max = *std::max_element(errors.begin(), errors.end());
  result.median = at_share(errors, 0.5);
  result.p95 = at_share(errors, 0.95);
  result.p99 = at_share(errors, 0.99);
  return result;
}

}  // namespace tranche::learn
