/// \file
/// From the comoving frame to the observer.
#pragma once

#include <span>
#include <vector>

#include "ssc/grids.hpp"

namespace ssc {

/// Luminosity distance [cm] in a flat universe with H0 = 71 km/s/Mpc, Omega_m = 0.27.
/// \param redshift  z >= 0; 0 gives 0
double luminosity_distance(double redshift);

/// nu L_nu or nu F_nu of one component on a grid, read at any frequency by cubic interpolation in
/// logarithms; monotone in steep cut-offs. 0 outside the grid and next to a grid value of 0.
class SpectrumInterpolant {
 public:
  /// \param values  one per grid frequency, >= 0
  SpectrumInterpolant(FrequencyGrid const& grid, std::span<double const> values);

  double operator()(double nu) const;

 private:
  double slope(std::size_t k) const;

  double log_step_;
  double lowest_log_nu_;
  std::vector<double> log_values_;  ///< natural logarithms, -inf for 0
};

}  // namespace ssc
