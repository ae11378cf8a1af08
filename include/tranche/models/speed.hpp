/// \file
/// How fast a surrogate answers here.
/// Layer: application library (surrogate). Reads the clock and what the system says of the machine.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>

#include "tranche/surrogate/surrogate.hpp"

namespace tranche::models {

struct Speed {
  double latency_us = 0;  ///< one spectrum, median over `calls`
  std::uint64_t calls = 0;
  double per_second = 0;  ///< spectra a second of one core's time, `batch` at a time
  std::uint64_t batch = 0;
  std::string kernels;    ///< instructions that were used
  std::string processor;  ///< as the system calls it
  std::string date;       ///< UTC
  double load = 0;        ///< of the machine, average of the last minute
};

/// Takes about half a second. x: n x inputs, some points of the domain, at least one.
Speed measure_speed(const surrogate::Surrogate& surrogate, const Eigen::MatrixXd& x);

}  // namespace tranche::models
