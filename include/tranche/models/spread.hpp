/// \file
/// From the disagreement of an ensemble to an error bar (deep ensembles: Lakshminarayanan et al. 2017).
/// Layer: application library (pure, Eigen).
#pragma once

#include <Eigen/Core>

namespace tranche::models {

struct SpreadFit {
  double scale = 0;       ///< error bar = scale * standard deviation of the members
  double coverage_1 = 0;  ///< share of errors within one error bar, on rows that did not set the scale
  double coverage_2 = 0;
};

/// The scale that holds 68.27 % of the errors of every other row; coverage on the rows between them. Points
/// that are not `judged` count for nothing. All n x m. NaN if a half has no point with a spread above 0. \pre
/// the same shapes
SpreadFit fit_spread(const Eigen::Ref<const Eigen::MatrixXd>& truth,
                     const Eigen::Ref<const Eigen::MatrixXd>& mean,
                     const Eigen::Ref<const Eigen::MatrixXd>& spread,
                     const Eigen::Ref<const Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>>& judged);

}  // namespace tranche::models
