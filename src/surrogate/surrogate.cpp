#include "tranche/surrogate/surrogate.hpp"

#include <cmath>
#include <limits>

#include "tranche/base/errors.hpp"

namespace tranche::surrogate {

double Input::scaled(double value) const {
  if (hi == lo) return 0;
  // In double: 1e48 is no float.
  const double share =
      scale == Scale::log ? std::log(value / lo) / std::log(hi / lo) : (value - lo) / (hi - lo);
  return 2 * share - 1;
}

Eigen::MatrixXd Surrogate::scaled(const Eigen::Ref<const Eigen::MatrixXd>& x) const {
  ensure(x.cols() == static_cast<Eigen::Index>(inputs.size()), "a column for each input");
  Eigen::MatrixXd u(x.rows(), x.cols());
  for (Eigen::Index column = 0; column < x.cols(); ++column) {
    const auto& input = inputs[static_cast<std::size_t>(column)];
    u.col(column) = x.col(column).unaryExpr([&](double value) { return input.scaled(value); });
  }
  return u;
}

Eigen::MatrixXd Surrogate::evaluate_member(std::size_t member,
                                           const Eigen::Ref<const Eigen::MatrixXd>& x) const {
  const Eigen::MatrixXd u = scaled(x);
  const auto& one = members[member];
  return one.targets.decode(u, one.network(u.cast<float>()));
}

Prediction Surrogate::predict(const Eigen::Ref<const Eigen::MatrixXd>& x) const {
  std::vector<Eigen::MatrixXd> each;
  for (std::size_t k = 0; k < members.size(); ++k) each.push_back(evaluate_member(k, x));
  const auto count = static_cast<double>(members.size());
  Prediction prediction{each.front(), Eigen::MatrixXd::Zero(x.rows(), each.front().cols())};
  for (std::size_t k = 1; k < each.size(); ++k) prediction.mean += each[k];
  prediction.mean /= count;
  for (const auto& one : each) prediction.spread += (one - prediction.mean).cwiseAbs2();
  prediction.spread = (prediction.spread / count).cwiseSqrt();
  if (members.size() < 2) prediction.spread.setConstant(std::numeric_limits<double>::quiet_NaN());
  return prediction;
}

Eigen::MatrixXd Surrogate::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& x) const {
  return members.size() == 1 ? evaluate_member(0, x) : predict(x).mean;
}

bool Surrogate::inside(std::span<const double> x) const noexcept {
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (!inputs[k].holds(x[k])) return false;
  return true;
}

}  // namespace tranche::surrogate
