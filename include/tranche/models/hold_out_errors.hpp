/// \file
/// Where a surrogate errs: by region of the parameter space, by point of the axis, by spectrum.
/// Layer: application library (atlas, surrogate). Pure: no files, no clock.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "tranche/atlas/region.hpp"
#include "tranche/base/ids.hpp"
#include "tranche/learn/accuracy.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace tranche::models {

/// Samples that no training saw, and what the surrogate makes of them. A row is a sample.
struct JudgedRows {
  std::vector<SampleIndex> index;
  Eigen::MatrixXd x;          ///< n x inputs, as in campaign.yaml
  Eigen::MatrixXd truth;      ///< n x points, as stored, with the soft floor of the targets
  Eigen::MatrixXd predicted;  ///< n x points
  Eigen::MatrixXd spread;     ///< n x points, error bars; 0 x 0 with one member
};

/// One spectrum.
struct SpectrumError {
  std::string what;  ///< best, median, worst
  std::size_t row = 0;
  double error = 0;  ///< mean absolute error of the points that count
};

/// Samples whose parameter lies between two values, and the errors of their spectra.
struct ErrorBin {
  double lo = 0;
  double hi = 0;
  std::uint64_t samples = 0;
  double median = 0;  ///< NaN without samples, as p95
  double p95 = 0;
};

struct ParameterErrors {
  std::size_t parameter = 0;
  std::vector<ErrorBin> bins;  ///< ascending, even in the parameter's own scale
  double contrast = 1;         ///< largest median of a bin over the smallest
};

/// Median errors over the plane of two parameters.
struct ErrorMap {
  std::size_t x = 0;
  std::size_t y = 0;
  std::vector<double> x_edges;
  std::vector<double> y_edges;
  std::vector<double> median;  ///< x fastest; NaN: fewer than five samples
};

/// Absolute errors at one point of the axis, of the samples for which it counts; NaN if there are none.
struct PointError {
  double median = 0;
  double p95 = 0;
  double p99 = 0;
};

struct HoldOutErrors {
  learn::Accuracy inside;           ///< points within the window of a spectrum's peak
  learn::Accuracy all_points;       ///< all of them
  std::vector<double> of_spectrum;  ///< mean absolute error of each row
  std::vector<SpectrumError> examples;
  std::vector<ParameterErrors> by_parameter;
  std::vector<ErrorMap> maps;  ///< of the two parameters with the largest contrast; none if there is one only
  std::vector<PointError> by_point;
  std::vector<double> histogram_edges;  ///< of absolute errors, even in log10
  std::vector<double> histogram;
  std::string region;  ///< where the worst tenth is, as a sentence
};

/// \param window  decades below a row's maximum that count; infinity: all
/// \param axes    parameters as sentences name them (inspect::atlas_axes)
/// \pre at least one row
HoldOutErrors hold_out_errors(const std::vector<surrogate::Input>& inputs,
                              const std::vector<atlas::Axis>& axes, const JudgedRows& rows, double window);

}  // namespace tranche::models
