/// \file
/// The steady state of electrons and photons that cool and scatter each other.
#pragma once

#include <span>
#include <variant>
#include <vector>

#include "ssc/outcome.hpp"
#include "ssc/parameters.hpp"
#include "ssc/tables.hpp"

namespace ssc {

struct SolverOptions {
  int max_iterations = 200;
  double tolerance = 1e-4;       ///< largest change of ln n (and of ln u_nu) at convergence
  double budget_limit = 0.02;    ///< largest relative error of the energy budget
  double edge_limit = 1e-6;      ///< power at the highest frequency over peak
  double low_edge_limit = 1e-2;  ///< power estimated to lie below the lowest frequency over total
  bool pairs = false;            ///< photon-photon absorption and pair injection
};

/// Figures of one solution. Powers are comoving, integrated over the sphere, in erg/s; energy densities in
/// erg/cm3, averaged over the sphere.
struct Diagnostics {
  int iterations = 0;
  double residual = 0;        ///< last change of ln n
  double compactness = 0;     ///< injected
  double compton_y = 0;       ///< u_ic / u_syn
  double energy_budget = 0;   ///< (radiated + escaping + leaving - pairs) / injected - 1
  double injected_power = 0;  ///< L'
  double synchrotron_power = 0;
  double compton_power = 0;
  double escaping_power = 0;  ///< electrons escaping in R/c
  double leaving_power = 0;   ///< electrons cooling through gamma = 1
  double pair_power = 0;      ///< given back by absorbed photons
  double u_b = 0;
  double u_syn = 0;
  double u_ic = 0;
  double tau_ssa_peak = 0;  ///< largest optical depth on the grid
};

/// A converged source on the grids of the tables.
struct Solution {
  std::vector<double> density;      ///< n per unit gamma [cm-3] in the active cells
  std::vector<double> synchrotron;  ///< comoving nu L_nu that leaves the sphere [erg s-1], per grid frequency
  std::vector<double> compton;      ///< same, scattered photons of all orders
  Diagnostics diagnostics;
};

using Outcome = std::variant<Solution, Failure>;

/// Iterates electrons and photons to a steady state (all scattering orders). A pure function: the result
/// depends on the arguments only, to the last bit. Cost: about 2 ms per iteration on the default grid.
Outcome solve(Tables const& tables, Parameters const& parameters, SolverOptions const& options = {});

/// nu L_nu boosted to the observer at redshift 0, delta^4 nu' L'_nu at nu' = nu/delta [erg s-1].
/// Never negative; 0 where the model has no photons.
void boosted_luminosity(Tables const& tables, Solution const& solution, double delta,
                        std::span<double const> nu, std::span<double> luminosity);

}  // namespace ssc
