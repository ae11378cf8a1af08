/// \file
/// Logarithmic grids of electrons and photons, laid out on one common lattice.
///
/// Electron cells are `cells_per_decade` a decade starting at gamma = 1; frequencies are
/// `frequencies_per_decade` a decade. One frequency step is a whole, even number of cells, so that
/// products such as gamma * nu and nu / gamma^2 take few distinct values and kernels that depend on
/// them can be tabulated once (tables.hpp).
#pragma once

#include <cstddef>
#include <vector>

namespace ssc {

/// What to build a grid from. The default covers the whole box of published parameter ranges.
struct GridSpec {
  int cells_per_decade = 40;
  int frequencies_per_decade = 10;
  int cells = 376;             ///< gamma = 1 .. 10^9.4, 20 times the largest gamma_max and a little more
  double lowest_log_nu = 6.0;  ///< log10 of the lowest comoving frequency [Hz]; 1e8 Hz / 50 is on the grid
};

/// Electron cells: `edges` has one more element than the other members.
struct ElectronGrid {
  ElectronGrid(int cells_per_decade, int cells);

  std::size_t size() const noexcept { return centres.size(); }

  double log_step;              ///< ln(edges[i+1] / edges[i])
  std::vector<double> edges;    ///< Lorentz factors of the cell walls, edges[0] = 1
  std::vector<double> centres;  ///< geometric centres
  std::vector<double> widths;   ///< edges[i+1] - edges[i]
};

/// Frequencies with equal logarithmic steps.
struct FrequencyGrid {
  FrequencyGrid(int per_decade, double lowest_log_nu, int points);

  std::size_t size() const noexcept { return nu.size(); }

  double log_step;              ///< ln(nu[k+1] / nu[k])
  double lowest_log_nu;         ///< log10 nu[0]
  std::vector<double> nu;       ///< comoving frequency [Hz]
  std::vector<double> epsilon;  ///< h nu / (m_e c2)
};

/// Both grids. The frequencies end at or just above h nu = 1.5 gamma_top m_e c2.
/// \throws std::invalid_argument unless cells_per_decade is an even multiple of frequencies_per_decade.
struct Grids {
  explicit Grids(GridSpec const& spec = {});

  GridSpec spec;
  int cells_per_frequency;  ///< electron cells in one frequency step
  ElectronGrid electrons;
  FrequencyGrid photons;
};

}  // namespace ssc
