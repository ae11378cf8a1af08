/// \file
/// Synchrotron radiation and self-absorption of electrons in a tangled field.
#pragma once

#include <span>

namespace ssc {

/// Pitch-angle averaged spectrum R(x), x = nu/nu_c: approximation of Aharonian, Kelner & Prosekin 2010 (D7),
/// within 0.12 % of the exact Bessel-function form (Crusius & Schlickeiser 1986) for 1e-6 < x < 20.
/// Zero for x > 700.
double synchrotron_kernel(double x);

/// 2 R - 2 x dR/dx, that is g d(g^2 P)/dg / (g^2 P / R) at fixed nu. Never negative.
double absorption_kernel(double x);

/// Critical frequency nu_c = 3 e B gamma^2 / (4 pi m_e c) [Hz]; no pitch-angle factor.
double critical_frequency(double gamma, double field);

/// Factor before R(x) in the power of one electron per hertz, sqrt(3) e^3 B / (m_e c^2) [erg s-1 Hz-1].
double synchrotron_power_scale(double field);

/// Emissivity Sum P_nu(gamma_i) number_i, 4 pi included [erg s-1 cm-3 Hz-1].
/// \param number  electrons in each quadrature cell, n dgamma [cm-3]
double synchrotron_emissivity(std::span<double const> gamma, std::span<double const> number, double field,
                              double nu);

/// Absorption coefficient [cm-1], in the form integrated by parts (exact for sharp edges of n, never
/// negative): 1/(8 pi m_e nu^2) Int n/g^2 d(g^2 P_nu)/dg dg.
double absorption_coefficient(std::span<double const> gamma, std::span<double const> number, double field,
                              double nu);

/// Fraction of the photons made in a homogeneous sphere that leave it; tau = 2 alpha R is the optical depth
/// along the diameter. 1 - 3 tau/8 + .. for small, 3/(2 tau) for large tau.
double escape_factor(double tau);

}  // namespace ssc
