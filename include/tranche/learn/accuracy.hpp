/// \file
/// How far predictions are from the truth, in the terms people judge spectra by.
/// Layer: learn (Eigen).
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

namespace tranche::learn {

/// Over all samples of a hold-out and their points within `window` of the sample's largest value.
struct Accuracy {
  std::uint64_t samples = 0;
  std::uint64_t points = 0;  ///< that were judged
  double r2 = 0;             ///< 1 - squared error / squared deviation from the mean of all
  double mse = 0;
  double mean = 0;  ///< absolute error, in the units of the values (dex for log10 outputs)
  double median = 0;
  double p95 = 0;
  double p99 = 0;
  double max = 0;
  double roughness = 0;  ///< rms second difference of the error over rms second difference of the truth
};

/// truth, predicted: n x m. `window`: decades below a row's maximum that count; infinity: all of it.
/// All NaN, of 0 points, if any number is not finite: a network that has diverged has no accuracy.
/// \pre the same shape, at least one row
Accuracy accuracy(const Eigen::Ref<const Eigen::MatrixXd>& truth,
                  const Eigen::Ref<const Eigen::MatrixXd>& predicted, double window);

}  // namespace tranche::learn
