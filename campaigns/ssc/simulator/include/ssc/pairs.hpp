/// \file
/// Photon-photon absorption and the pairs it makes (optional; off by default).
#pragma once

#include <span>

#include "ssc/grids.hpp"

namespace ssc {

/// Absorption per target photon, kappa = sigma_T Sum n_ph(e') de' phi(e e'), phi(x) = 0.652 (x^2-1)/x^3 ln x
/// above x = 1 (Coppi & Blandford 1990, eq. 4.7, good to about 7 %). \returns phi.
double pair_absorption_kernel(double x);

/// Adds the pairs to `injected` (Int_cell Q dg [cm-3 s-1], first `injected.size()` cells): every absorbed
/// photon of energy e becomes two leptons of e/2, Q(g) = 4 dn_abs/dt(e = 2 g). The result is scaled so that
/// the leptons get exactly the absorbed power that lies above the threshold and on the cells. \param absorbed
/// absorbed power per hertz [erg s-1 cm-3 Hz-1] on the photon grid \returns power given to pairs [erg s-1
/// cm-3].
double add_pairs(Grids const& grids, std::span<double const> absorbed, std::span<double> injected);

}  // namespace ssc
