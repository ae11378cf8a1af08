/// \file
/// Spectrum of a given electron distribution: no cooling, first-order SSC, direct summation.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace ssc {

/// Electrons on a logarithmic grid with both ends on it, with weights of the trapezium rule in ln gamma.
struct FixedElectrons {
  std::vector<double> gamma;
  std::vector<double> number;  ///< n(gamma) times quadrature weight [cm-3]

  /// \param density  n per unit gamma [cm-3]
  static FixedElectrons tabulate(std::function<double(double)> const& density, double gamma_min,
                                 double gamma_max, int points_per_decade);
};

/// Emitting sphere in its own frame.
struct Sphere {
  double radius;  ///< [cm]
  double field;   ///< [G]
};

/// One value per frequency, comoving.
struct Emission {
  std::vector<double> synchrotron_thin;  ///< j_nu [erg s-1 cm-3 Hz-1]
  std::vector<double> ssc_thin;          ///< on the unabsorbed synchrotron field
  std::vector<double> tau;               ///< 2 alpha R
  std::vector<double> synchrotron;       ///< j_nu times escape factor
  std::vector<double> ssc;               ///< on the absorbed field; itself not absorbed
};

/// \param nu                     comoving frequencies [Hz]
/// \param frequencies_per_decade of the target photons
Emission emission(FixedElectrons const& electrons, Sphere const& sphere, std::span<double const> nu,
                  int frequencies_per_decade);

}  // namespace ssc
