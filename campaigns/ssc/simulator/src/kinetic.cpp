#include "ssc/kinetic.hpp"

#include <algorithm>
#include <cmath>

namespace ssc {
namespace {

constexpr int sweeps = 4;  ///< the first without slopes
constexpr double steepest_fall = -12.0;
constexpr double steepest_rise = 6.0;
constexpr double negligible = 1e-250;  ///< flux [cm-3 s-1] dropped, before denormal numbers slow the sums

}  // namespace

double solve_steady_state(ElectronGrid const& grid, std::span<double const> loss_at_lower_edge,
                          std::span<double const> injected, double escape_time, std::span<double> density) {
  // n(wall)/n(centre) = (g_wall/g_centre)^s; with s from the cell above this is sqrt(n_i/n_i+1).
  double const least = std::exp(-0.5 * grid.log_step * steepest_rise);
  double const most = std::exp(-0.5 * grid.log_step * steepest_fall);
  double flux = 0;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    double above = 0;  // n of the next higher cell in the previous sweep
    flux = 0;
    for (std::size_t i = density.size(); i-- > 0;) {
      double wall = 1.0;
      if (sweep > 0) {
        double const before = density[i];
        if (before > 0) wall = above > 0 ? std::clamp(std::sqrt(before / above), least, most) : most;
        above = before;
      }
      double const drain = loss_at_lower_edge[i] * wall;
      density[i] = (injected[i] + flux) / (drain + grid.widths[i] / escape_time);
      flux = drain * density[i];
      if (flux < negligible) flux = 0;
    }
  }
  return flux;
}

}  // namespace ssc
