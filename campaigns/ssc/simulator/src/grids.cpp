#include "ssc/grids.hpp"

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "ssc/constants.hpp"

namespace ssc {
namespace {

constexpr double ln10 = std::numbers::ln10;

int points_up_to(GridSpec const& spec) {
  if (spec.cells < 1 || spec.frequencies_per_decade < 1 ||
      spec.cells_per_decade % (2 * spec.frequencies_per_decade) != 0 || spec.cells_per_decade < 2)
    throw std::invalid_argument(
        "ssc grids: cells_per_decade must be an even multiple of frequencies_per_decade, both positive");
  double const log_gamma_top = static_cast<double>(spec.cells) / spec.cells_per_decade;
  double const decades = log_gamma_top + std::log10(1.5 / epsilon_per_hertz) - spec.lowest_log_nu;
  return static_cast<int>(std::ceil(decades * spec.frequencies_per_decade)) + 1;
}

}  // namespace

ElectronGrid::ElectronGrid(int cells_per_decade, int cells) : log_step(ln10 / cells_per_decade) {
  auto const n = static_cast<std::size_t>(cells);
  edges.resize(n + 1);
  centres.resize(n);
  widths.resize(n);
  for (int i = 0; i <= cells; ++i)
    edges[static_cast<std::size_t>(i)] = std::pow(10.0, static_cast<double>(i) / cells_per_decade);
  for (std::size_t i = 0; i < n; ++i) {
    centres[i] = std::pow(10.0, (static_cast<double>(i) + 0.5) / cells_per_decade);
    widths[i] = edges[i + 1] - edges[i];
  }
}

FrequencyGrid::FrequencyGrid(int per_decade, double lowest, int points)
    : log_step(ln10 / per_decade), lowest_log_nu(lowest) {
  nu.resize(static_cast<std::size_t>(points));
  epsilon.resize(nu.size());
  for (std::size_t k = 0; k < nu.size(); ++k) {
    nu[k] = std::pow(10.0, lowest + static_cast<double>(k) / per_decade);
    epsilon[k] = epsilon_per_hertz * nu[k];
  }
}

Grids::Grids(GridSpec const& s)
    : spec(s),
      cells_per_frequency(0),
      electrons(s.cells_per_decade, s.cells),
      photons(s.frequencies_per_decade, s.lowest_log_nu, points_up_to(s)) {
  cells_per_frequency = spec.cells_per_decade / spec.frequencies_per_decade;
}

}  // namespace ssc
