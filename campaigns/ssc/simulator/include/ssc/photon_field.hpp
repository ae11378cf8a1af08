/// \file
/// Photons inside the sphere.
#pragma once

namespace ssc {

/// Energy density per hertz, averaged over the sphere [erg cm-3 Hz-1]: (3/4) (R/c) j_nu E, since 3R/4 is the
/// mean path from a random point to the surface.
/// \param emissivity  [erg s-1 cm-3 Hz-1]   \param radius [cm]   \param escape  escape factor
double energy_density(double emissivity, double radius, double escape);

/// Photons per cm3 and unit e = h nu/(m_e c2) from u_nu [erg cm-3 Hz-1].
double photon_density(double u_nu, double epsilon);

}  // namespace ssc
