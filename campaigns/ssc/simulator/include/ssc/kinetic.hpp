/// \file
/// Steady state of the electron kinetic equation for given losses.
#pragma once

#include <span>

#include "ssc/grids.hpp"

namespace ssc {

/// Solves 0 = d(|gdot| n)/dgamma + Q - n/t_esc from the top cell down: the flux through the lower wall of a
/// cell uses n extrapolated to the wall with the slope between the cell and the one above it, clipped to
/// [-12, 6]. Conserves particles, keeps n >= 0, second order in the cell size.
///
/// All spans have the same length, the number of active cells, which may be less than the grid's.
/// \param loss_at_lower_edge  |d gamma/dt| at edges[i] [s-1]
/// \param injected            Int_cell Q dg [cm-3 s-1]
/// \param escape_time         [s]
/// \param density             result: n per unit gamma [cm-3]
/// \returns electrons that leave through gamma = 1 [cm-3 s-1].
double solve_steady_state(ElectronGrid const& grid, std::span<double const> loss_at_lower_edge,
                          std::span<double const> injected, double escape_time, std::span<double> density);

}  // namespace ssc
