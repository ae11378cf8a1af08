/// \file
/// Inverse Compton scattering with the full Klein-Nishina cross-section, isotropic photons.
#pragma once

#include <span>

namespace ssc {

/// Kernel F(q, Gamma) of Jones 1968 (Blumenthal & Gould 1970, eq. 2.48) for one electron-photon pair.
/// \param log_ratio  ln(eps_s/gamma), eps_s the scattered photon's energy; 0 at or above 0
/// \param big_gamma  4 gamma e, e the target photon's energy
/// Zero for q > 1. The other bound, q >= 1/(4 gamma^2), needs gamma itself: see `highest_target`.
double jones_kernel(double log_ratio, double big_gamma);

/// Largest target energy e for which q >= 1/(4 gamma^2): eps_s / (1 - eps_s/gamma).
double highest_target(double epsilon_s, double gamma);

/// Energy loss of one electron relative to the Thomson limit, b = 4 gamma e (closed form; a series below
/// 1e-2, where the closed form cancels).
double klein_nishina_loss_factor(double b);

/// Dilogarithm Li2(-b) for b >= 0.
double dilogarithm_of_minus(double b);

/// Emissivity at one scattered energy by direct summation [erg s-1 cm-3 Hz-1].
/// \param gamma, number      electrons: Lorentz factors and n dgamma [cm-3]
/// \param epsilon, photons   targets: energies and n_ph(e) [cm-3 per unit e] on a grid with equal steps
///                           `log_step` in ln e
double compton_emissivity(double epsilon_s, std::span<double const> gamma, std::span<double const> number,
                          std::span<double const> epsilon, std::span<double const> photons, double log_step);

}  // namespace ssc
