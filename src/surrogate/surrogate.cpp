#include "tranche/surrogate/surrogate.hpp"

#include <algorithm>
#include <cmath>

#include "tranche/base/errors.hpp"

namespace tranche::surrogate {

double Input::scaled(double value) const {
  if (hi == lo) return 0;
  const double share =
      scale == Scale::log ? std::log(value / lo) / std::log(hi / lo) : (value - lo) / (hi - lo);
  return 2 * share - 1;
}

Eigen::MatrixXd Surrogate::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& x) const {
  ensure(x.cols() == static_cast<Eigen::Index>(inputs.size()), "a column for each input");
  Eigen::MatrixXd u(x.rows(), x.cols());
  for (Eigen::Index column = 0; column < x.cols(); ++column) {
    const auto& input = inputs[static_cast<std::size_t>(column)];
    u.col(column) = x.col(column).unaryExpr([&](double value) { return input.scaled(value); });
  }
  return targets.decode(u, network(u.cast<float>()));
}

bool Surrogate::inside(std::span<const double> x) const noexcept {
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (!inputs[k].holds(x[k])) return false;
  return true;
}

}  // namespace tranche::surrogate
