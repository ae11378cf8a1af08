#include "ssc/photon_field.hpp"

#include "ssc/constants.hpp"

namespace ssc {

double energy_density(double emissivity, double radius, double escape) {
  return 0.75 * radius / light_speed * emissivity * escape;
}

double photon_density(double u_nu, double epsilon) {
  return u_nu / (planck * epsilon);
}

}  // namespace ssc
