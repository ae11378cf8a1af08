/// \file
/// Physical constants in Gaussian cgs units (CODATA 2018).
#pragma once

#include <numbers>

namespace ssc {

inline constexpr double pi = std::numbers::pi;
inline constexpr double light_speed = 2.99792458e10;                                       ///< c [cm s-1]
inline constexpr double planck = 6.62607015e-27;                                           ///< h [erg s]
inline constexpr double electron_mass = 9.1093837015e-28;                                  ///< m_e [g]
inline constexpr double electron_charge = 4.80320471e-10;                                  ///< e [esu]
inline constexpr double thomson_cross_section = 6.6524587321e-25;                          ///< sigma_T [cm2]
inline constexpr double electron_rest_energy = electron_mass * light_speed * light_speed;  ///< m_e c2 [erg]

/// Photon energy in electron rest masses per hertz: eps = epsilon_per_hertz * nu.
inline constexpr double epsilon_per_hertz = planck / electron_rest_energy;

/// d gamma / dt = -loss_per_energy_density * gamma^2 * U in the Thomson limit [cm3 erg-1 s-1].
inline constexpr double loss_per_energy_density =
    4.0 / 3.0 * thomson_cross_section / (electron_mass * light_speed);

/// Energy density of a magnetic field. \param field B [G]. \returns U_B [erg cm-3].
constexpr double magnetic_energy_density(double field) {
  return field * field / (8.0 * pi);
}

/// Volume of a sphere. \param radius [cm]. \returns [cm3].
constexpr double sphere_volume(double radius) {
  return 4.0 / 3.0 * pi * radius * radius * radius;
}

}  // namespace ssc
