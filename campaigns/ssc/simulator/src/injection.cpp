#include "ssc/injection.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ssc/constants.hpp"
#include "text.hpp"

namespace ssc {
namespace {

constexpr double cut_offs_kept = 20.0;  ///< exp(-20) of the power law is left there

/// Gauss-Legendre nodes and weights on [-1, 1], positive half.
constexpr std::array<double, 4> nodes{0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                      0.9602898564975363};
constexpr std::array<double, 4> weights{0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                        0.1012285362903763};

struct Moments {
  double number = 0;
  double energy = 0;
};

/// Int Q dg and Int g Q dg between two Lorentz factors, for Q0 = gamma_min^p (no overflow for any p).
Moments integrate(Injection const& q, double from, double to) {
  double const middle = 0.5 * (std::log(from) + std::log(to));
  double const half = 0.5 * std::log(to / from);
  Moments sum;
  for (std::size_t k = 0; k < nodes.size(); ++k)
    for (double const side : {-1.0, 1.0}) {
      double const log_gamma = middle + side * nodes[k] * half;
      double const gamma = std::exp(log_gamma);
      double const rate =
          std::exp(-q.p * (log_gamma - std::log(q.gamma_min)) - gamma / q.gamma_max) * gamma * weights[k];
      sum.number += half * rate;
      sum.energy += half * rate * gamma;
    }
  return sum;
}

}  // namespace

std::size_t active_cells(ElectronGrid const& grid, double gamma_max) {
  auto const past = std::lower_bound(grid.edges.begin(), grid.edges.end(), cut_offs_kept * gamma_max);
  auto const cells = static_cast<std::size_t>(past - grid.edges.begin());
  return std::clamp<std::size_t>(cells, 1, grid.size());
}

std::optional<Failure> inject(ElectronGrid const& grid, Injection const& injection, std::size_t cells,
                              std::vector<double>& rates) {
  rates.assign(cells, 0.0);
  double energy = 0;
  for (std::size_t i = 0; i < cells; ++i) {
    double const from = std::max(grid.edges[i], injection.gamma_min);
    double const to = grid.edges[i + 1];
    if (from >= to) continue;
    Moments const cell = integrate(injection, from, to);
    rates[i] = cell.number;
    energy += cell.energy;
  }
  if (!(energy > 1e-300))
    return Failure{Reason::empty_injection,
                   text("no electrons between gamma_min = %.6g and 20 gamma_max = %.6g", injection.gamma_min,
                        cut_offs_kept * injection.gamma_max)};
  double const scale = injection.power / (sphere_volume(injection.radius) * electron_rest_energy * energy);
  for (double& rate : rates) rate *= scale;
  return std::nullopt;
}

}  // namespace ssc
