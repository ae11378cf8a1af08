/// \file
/// Injected electrons: a power law with a sharp lower and an exponential upper cut.
#pragma once

#include <optional>
#include <vector>

#include "ssc/grids.hpp"
#include "ssc/outcome.hpp"

namespace ssc {

/// Q(g) = Q0 g^-p exp(-g/gamma_max) for g >= gamma_min, with V m_e c^2 Int g Q dg = power, V = 4/3 pi R^3.
struct Injection {
  double p;
  double gamma_min;
  double gamma_max;
  double power;   ///< comoving [erg s-1]
  double radius;  ///< [cm]
};

/// Number of leading cells that can hold electrons: those below 20 gamma_max.
std::size_t active_cells(ElectronGrid const& grid, double gamma_max);

/// Electrons injected per cell, integrated over the cell (Gauss-Legendre in ln gamma; the cell that holds
/// gamma_min is cut there). Writes Int_cell Q dg [cm-3 s-1] to `rates`, of size `cells`.
/// \returns `empty_injection` if nothing is left below 20 gamma_max.
std::optional<Failure> inject(ElectronGrid const& grid, Injection const& injection, std::size_t cells,
                              std::vector<double>& rates);

}  // namespace ssc
