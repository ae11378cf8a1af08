#include "tranche/models/spread.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace tranche::models {
namespace {

constexpr double one_sigma =
    0.682689492137086;  ///< share of a normal distribution within one standard deviation

double share_below(const std::vector<double>& ratios, double limit) {
  const auto count = std::ranges::count_if(ratios, [&](double ratio) { return ratio <= limit; });
  return static_cast<double>(count) / static_cast<double>(ratios.size());
}

}  // namespace

SpreadFit fit_spread(const Eigen::Ref<const Eigen::MatrixXd>& truth,
                     const Eigen::Ref<const Eigen::MatrixXd>& mean,
                     const Eigen::Ref<const Eigen::MatrixXd>& spread,
                     const Eigen::Ref<const Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>>& judged) {
  std::vector<double> fitted;
  std::vector<double> checked;
  for (Eigen::Index row = 0; row < truth.rows(); ++row)
    for (Eigen::Index k = 0; k < truth.cols(); ++k)
      if (judged(row, k) && spread(row, k) > 0)
        (row % 2 == 0 ? fitted : checked).push_back(std::abs(truth(row, k) - mean(row, k)) / spread(row, k));
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  if (fitted.empty() || checked.empty()) return {unknown, unknown, unknown};
  const auto at = static_cast<std::ptrdiff_t>(one_sigma * static_cast<double>(fitted.size() - 1));
  std::ranges::nth_element(fitted, fitted.begin() + at);
  const double scale = fitted[static_cast<std::size_t>(at)];
  return {scale, share_below(checked, scale), share_below(checked, 2 * scale)};
}

}  // namespace tranche::models
