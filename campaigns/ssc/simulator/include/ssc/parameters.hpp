/// \file
/// The seven physical parameters of a homogeneous one-zone source.
#pragma once

#include <array>
#include <optional>

#include "ssc/outcome.hpp"

namespace ssc {

/// All values linear, Gaussian cgs. L_e is the jet power in electrons.
struct Parameters {
  double delta = 0;      ///< Doppler factor
  double R = 0;          ///< radius of the sphere, comoving [cm]
  double B = 0;          ///< tangled magnetic field, comoving [G]
  double p = 0;          ///< power-law index of the injected electrons
  double gamma_min = 0;  ///< lowest injected Lorentz factor
  double gamma_max = 0;  ///< exponential cut-off of the injected electrons
  double L_e = 0;        ///< electron luminosity [erg s-1]
};

/// Name, member and hard limits (closed interval) of one parameter. The limits are where the formulas
/// lose their meaning or the grid ends; they are wider than any published prior.
struct ParameterField {
  char const* name;
  double Parameters::*member;
  double lowest;
  double highest;
};

/// In the order delta, R, B, p, gamma_min, gamma_max, L_e.
std::array<ParameterField, 7> const& parameter_fields();

/// `bad_parameter` naming the first offending value, or nothing.
std::optional<Failure> check_parameters(Parameters const& parameters);

/// Power injected into electrons in the comoving frame, L' = (4/3) L_e / delta^2 [erg s-1]: L_e is taken
/// as jet power pi R^2 delta^2 c U_e with U_e the energy injected per volume in one R/c.
double comoving_injected_power(Parameters const& parameters);

/// l = L' sigma_T / (4 pi R m_e c^3).
double compactness(double injected_power, double radius);

}  // namespace ssc
