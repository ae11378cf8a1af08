#include "ssc/parameters.hpp"

#include <cmath>

#include "ssc/constants.hpp"
#include "text.hpp"

namespace ssc {

std::array<ParameterField, 7> const& parameter_fields() {
  static constexpr std::array<ParameterField, 7> fields{{
      {"delta", &Parameters::delta, 1e-3, 1e4},
      {"R", &Parameters::R, 1e5, 1e25},
      {"B", &Parameters::B, 1e-12, 1e8},
      {"p", &Parameters::p, 0.0, 10.0},
      {"gamma_min", &Parameters::gamma_min, 1.0, 1.25e8},
      {"gamma_max", &Parameters::gamma_max, 1.0, 1.25e8},
      {"L_e", &Parameters::L_e, 1e10, 1e80},
  }};
  return fields;
}

std::optional<Failure> check_parameters(Parameters const& parameters) {
  for (ParameterField const& field : parameter_fields()) {
    double const value = parameters.*field.member;
    if (!(value >= field.lowest && value <= field.highest))  // also catches NaN
      return Failure{Reason::bad_parameter, text("%s = %.6g is outside the hard limits %g .. %g", field.name,
                                                 value, field.lowest, field.highest)};
  }
  return std::nullopt;
}

double comoving_injected_power(Parameters const& parameters) {
  return 4.0 / 3.0 * parameters.L_e / (parameters.delta * parameters.delta);
}

double compactness(double injected_power, double radius) {
  return injected_power * thomson_cross_section / (4.0 * pi * radius * electron_rest_energy * light_speed);
}

}  // namespace ssc
