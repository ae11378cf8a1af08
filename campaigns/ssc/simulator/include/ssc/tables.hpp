/// \file
/// Everything that depends on the grids alone, tabulated once and then only read.
///
/// On the common lattice of grids.hpp the Jones kernel F(eps_s/gamma, 4 gamma e) needs two indices and not
/// three: with m cells per frequency step and electron cell i = m k + r, it depends on r, s - k and k + j for
/// scattered frequency s and target j. The values are those of the full three-index table, at a hundredth of
/// its size (3.5 MB on the default grid), and the sum over targets is a dot product of contiguous arrays.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ssc/grids.hpp"

namespace ssc {

/// Read-only after construction, so processes forked from the one that built it share its pages.
class Tables {
 public:
  /// Takes some 50 ms on the default grid. \throws std::invalid_argument from Grids.
  explicit Tables(GridSpec const& spec = {});

  Grids const& grids() const noexcept { return grids_; }

  /// Memory held by the tables.
  std::size_t size_bytes() const noexcept;

  /// Inverse Compton emissivity [erg s-1 cm-3 Hz-1] at every grid frequency.
  /// \param number   electrons in the first number.size() cells, n dgamma [cm-3]
  /// \param photons  n_ph(e) [cm-3 per unit e] at every grid frequency
  void compton_emissivity(std::span<double const> number, std::span<double const> photons,
                          std::span<double> emissivity) const;

  /// Int u(e) f_KN(4 gamma e) de [erg cm-3] at the lower edge of each of the first `felt.size()` cells: the
  /// energy density that those electrons feel. \param u_nu  [erg cm-3 Hz-1] at every grid frequency
  void felt_energy_density(std::span<double const> u_nu, std::span<double> felt) const;

  /// Photon-photon absorption coefficient [cm-1] at every grid frequency.
  void pair_absorption(std::span<double const> photons, std::span<double> kappa) const;

 private:
  struct Row {
    std::size_t first = 0;   ///< first column with F > 0
    std::size_t excess = 0;  ///< targets up to index s + excess can scatter to s
    bool empty = true;       ///< eps_s >= gamma
  };

  void tabulate_compton();
  void tabulate_losses();
  void tabulate_pairs();

  Grids grids_;
  std::size_t classes_;        ///< m
  std::size_t blocks_;         ///< number of k
  std::size_t side_;           ///< rows and columns of the table of one class
  std::vector<double> jones_;  ///< [class][s - k + blocks - 1][k + j]
  std::vector<Row> rows_;      ///< [class][s - k + blocks - 1]
  std::vector<double> loss_;   ///< [class][k + j], f_KN at the lower edge of cell m k + r
  std::vector<double> pair_;   ///< [k + j] absorption for photons k and j
};

/// Synchrotron kernels for one field strength on the lattice. x = nu/nu_c depends on one index only.
class SynchrotronTable {
 public:
  SynchrotronTable(Grids const& grids, double field);

  /// Emissivity [erg s-1 cm-3 Hz-1] and absorption coefficient [cm-1] at every grid frequency.
  /// \param number  electrons in the first number.size() cells, n dgamma [cm-3]
  void evaluate(std::span<double const> number, std::span<double> emissivity,
                std::span<double> absorption) const;

 private:
  Grids const& grids_;
  double power_scale_;
  std::size_t stride_;              ///< lattice steps of x in one frequency step
  std::vector<double> emission_;    ///< R(x), x falling with the index
  std::vector<double> absorption_;  ///< 2 R - 2 x R'
};

/// Sum of a[i] b[i] in a fixed order with eight partial sums.
double dot(double const* a, double const* b, std::size_t n);

}  // namespace ssc
