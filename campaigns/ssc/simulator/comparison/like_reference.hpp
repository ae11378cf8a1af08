/// \file
/// Computes what a reference file holds, with this library.
#pragma once

#include <span>
#include <vector>

#include "reference_file.hpp"

namespace ssc {

/// In the observer frame, one value per frequency; nu F_nu in erg cm-2 s-1. Members as in emission.hpp.
struct ObservedEmission {
  std::vector<double> synchrotron_thin, ssc_thin, tau, synchrotron, ssc;
};

/// Fixed electron distribution of the file, seen at its redshift and Doppler factor.
/// \param nu_obs             observed frequencies [Hz]
/// \param points_per_decade  of the electrons, gamma_min and gamma_max being grid points
/// \param frequencies_per_decade  of the target photons
/// \throws std::runtime_error if the header lacks a value.
ObservedEmission emission_like(ReferenceFile const& file, std::span<double const> nu_obs,
                               int points_per_decade, int frequencies_per_decade);

/// Steady state of the file's injection under synchrotron losses and escape: n [cm-3 per unit gamma] at the
/// given Lorentz factors, interpolated in logarithms between cells.
/// \throws std::runtime_error if the header lacks a value.
std::vector<double> cooled_like(ReferenceFile const& file, std::span<double const> gamma,
                                int cells_per_decade);

}  // namespace ssc
