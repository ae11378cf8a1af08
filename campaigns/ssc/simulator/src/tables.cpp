#include "ssc/tables.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ssc/compton.hpp"
#include "ssc/constants.hpp"
#include "ssc/pairs.hpp"
#include "ssc/synchrotron.hpp"

namespace ssc {

double dot(double const* a, double const* b, std::size_t n) {
  double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
    s4 += a[i + 4] * b[i + 4];
    s5 += a[i + 5] * b[i + 5];
    s6 += a[i + 6] * b[i + 6];
    s7 += a[i + 7] * b[i + 7];
  }
  double rest = 0;
  for (; i < n; ++i) rest += a[i] * b[i];
  return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7)) + rest;
}

Tables::Tables(GridSpec const& spec)
    : grids_(spec),
      classes_(static_cast<std::size_t>(grids_.cells_per_frequency)),
      blocks_((grids_.electrons.size() + classes_ - 1) / classes_),
      side_(grids_.photons.size() + blocks_ - 1) {
  tabulate_compton();
  tabulate_losses();
  tabulate_pairs();
}

std::size_t Tables::size_bytes() const noexcept {
  return sizeof(double) * (jones_.size() + loss_.size() + pair_.size()) + sizeof(Row) * rows_.size();
}

void Tables::tabulate_compton() {
  FrequencyGrid const& photons = grids_.photons;
  double const per_decade = grids_.spec.frequencies_per_decade;
  double const log_eps0 = std::log10(photons.epsilon[0]);
  jones_.assign(classes_ * side_ * side_, 0.0);
  rows_.assign(classes_ * side_, Row{});
  for (std::size_t r = 0; r < classes_; ++r) {
    double const log_g0 = (static_cast<double>(r) + 0.5) / grids_.spec.cells_per_decade;
    for (std::size_t d = 0; d < side_; ++d) {
      double const steps = static_cast<double>(d) - static_cast<double>(blocks_ - 1);  // s - k
      double const log_ratio = std::numbers::ln10 * (log_eps0 + steps / per_decade - log_g0);
      Row& row = rows_[r * side_ + d];
      if (!(log_ratio < 0)) continue;
      row.empty = false;
      row.excess =
          static_cast<std::size_t>(std::floor(-std::log10(-std::expm1(log_ratio)) * per_decade + 1e-9));
      row.first = side_;
      double* const values = &jones_[(r * side_ + d) * side_];
      for (std::size_t c = 0; c < side_; ++c) {
        double const log_big_gamma =
            std::log10(4.0) + log_eps0 + static_cast<double>(c) / per_decade + log_g0;
        values[c] = jones_kernel(log_ratio, std::pow(10.0, log_big_gamma));
        if (values[c] > 0) row.first = std::min(row.first, c);
      }
    }
  }
}

void Tables::tabulate_losses() {
  loss_.resize(classes_ * side_);
  for (std::size_t r = 0; r < classes_; ++r)
    for (std::size_t c = 0; c < side_; ++c) {
      double const log_b = static_cast<double>(r) / grids_.spec.cells_per_decade +
                           static_cast<double>(c) / grids_.spec.frequencies_per_decade;
      loss_[r * side_ + c] =
          klein_nishina_loss_factor(4.0 * grids_.photons.epsilon[0] * std::pow(10.0, log_b));
    }
}

void Tables::tabulate_pairs() {
  pair_.resize(2 * grids_.photons.size() - 1);
  double const x0 = grids_.photons.epsilon[0] * grids_.photons.epsilon[0];
  for (std::size_t c = 0; c < pair_.size(); ++c)
    pair_[c] = pair_absorption_kernel(
        x0 * std::pow(10.0, static_cast<double>(c) / grids_.spec.frequencies_per_decade));
}

void Tables::compton_emissivity(std::span<double const> number, std::span<double const> photons,
                                std::span<double> emissivity) const {
  FrequencyGrid const& grid = grids_.photons;
  std::vector<double> weight(number.size());
  for (std::size_t i = 0; i < number.size(); ++i) {
    double const gamma = grids_.electrons.centres[i];
    weight[i] = number[i] / (gamma * gamma);
  }
  std::size_t last = photons.size();  // one past the highest occupied target
  while (last > 0 && photons[last - 1] <= 0) --last;

  double const scale = 0.75 * planck * light_speed * thomson_cross_section * grid.log_step;
  for (std::size_t s = 0; s < grid.size(); ++s) {
    double sum = 0;
    for (std::size_t i = 0; i < weight.size(); ++i) {
      if (weight[i] <= 0) continue;
      std::size_t const k = i / classes_;
      std::size_t const at = (i % classes_) * side_ + s + blocks_ - 1 - k;
      Row const& row = rows_[at];
      if (row.empty) continue;
      std::size_t const from = row.first > k ? row.first - k : 0;
      std::size_t const to = std::min(last, s + row.excess + 1);
      if (from < to) sum += weight[i] * dot(&jones_[at * side_ + k + from], &photons[from], to - from);
    }
    emissivity[s] = scale * grid.epsilon[s] * sum;
  }
}

void Tables::felt_energy_density(std::span<double const> u_nu, std::span<double> felt) const {
  FrequencyGrid const& grid = grids_.photons;
  std::vector<double> energy(u_nu.size());
  for (std::size_t j = 0; j < u_nu.size(); ++j) energy[j] = u_nu[j] * grid.nu[j] * grid.log_step;
  for (std::size_t i = 0; i < felt.size(); ++i)
    felt[i] = dot(&loss_[(i % classes_) * side_ + i / classes_], energy.data(), energy.size());
}

void Tables::pair_absorption(std::span<double const> photons, std::span<double> kappa) const {
  FrequencyGrid const& grid = grids_.photons;
  std::vector<double> number(photons.size());
  for (std::size_t j = 0; j < photons.size(); ++j) number[j] = photons[j] * grid.epsilon[j] * grid.log_step;
  for (std::size_t k = 0; k < kappa.size(); ++k)
    kappa[k] = thomson_cross_section * dot(&pair_[k], number.data(), number.size());
}

SynchrotronTable::SynchrotronTable(Grids const& grids, double field)
    : grids_(grids),
      power_scale_(synchrotron_power_scale(field)),
      stride_(static_cast<std::size_t>(grids.cells_per_frequency) / 2) {
  // x_ki = x_00 10^((m k - 2 i)/cells_per_decade); the index i + stride (N - 1 - k) makes sums over i
  // contiguous.
  std::size_t const points = grids.photons.size();
  std::size_t const length = stride_ * (points - 1) + grids.electrons.size();
  double const x_top = grids.photons.nu[points - 1] / critical_frequency(grids.electrons.centres[0], field);
  emission_.resize(length);
  absorption_.resize(length);
  for (std::size_t a = 0; a < length; ++a) {
    double const x = x_top * std::pow(10.0, -2.0 * static_cast<double>(a) / grids.spec.cells_per_decade);
    emission_[a] = synchrotron_kernel(x);
    absorption_[a] = absorption_kernel(x);
  }
}

void SynchrotronTable::evaluate(std::span<double const> number, std::span<double> emissivity,
                                std::span<double> absorption) const {
  std::vector<double> number_per_gamma(number.size());
  for (std::size_t i = 0; i < number.size(); ++i)
    number_per_gamma[i] = number[i] / grids_.electrons.centres[i];
  std::size_t const points = grids_.photons.size();
  for (std::size_t k = 0; k < points; ++k) {
    std::size_t const at = stride_ * (points - 1 - k);
    double const nu = grids_.photons.nu[k];
    emissivity[k] = power_scale_ * dot(&emission_[at], number.data(), number.size());
    absorption[k] = power_scale_ / (8.0 * pi * electron_mass * nu * nu) *
                    dot(&absorption_[at], number_per_gamma.data(), number.size());
  }
}

}  // namespace ssc
