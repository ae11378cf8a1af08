#include "ssc/solver.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "ssc/constants.hpp"
#include "ssc/injection.hpp"
#include "ssc/kinetic.hpp"
#include "ssc/observer.hpp"
#include "ssc/pairs.hpp"
#include "ssc/photon_field.hpp"
#include "ssc/synchrotron.hpp"
#include "text.hpp"

namespace ssc {
namespace {

constexpr double considered = 1e-6;   ///< changes count where a spectrum is above this part of its maximum
constexpr double from_nothing = 1e3;  ///< stands for ln of an infinite ratio
constexpr double smallest_weight = 0.05;  ///< floor of the damping weight
constexpr double fast_growth = 10.0;      ///< of u_ic in one iteration
constexpr double pair_growth = 1.1;       ///< of the pair yield in one iteration, when above 1
constexpr int growth_allowed = 5;         ///< consecutive iterations of runaway signs

double sum_of(std::span<double const> values) {
  double sum = 0;
  for (double const value : values) sum += value;
  return sum;
}

/// max |ln(after/before)| where `size` exceeds `considered` times its maximum; what was 0 before counts as a
/// large finite change.
double largest_change(std::span<double const> before, std::span<double const> after,
                      std::span<double const> size) {
  double const least = considered * *std::max_element(size.begin(), size.end());
  double change = 0;
  for (std::size_t i = 0; i < size.size(); ++i)
    if (size[i] > least)
      change = std::max(change, before[i] > 0 ? std::abs(std::log(after[i] / before[i])) : from_nothing);
  return change;
}

/// One source on its way to a steady state. Every array is written before it is read, from the arguments of
/// the constructor alone.
class Iteration {
 public:
  Iteration(Tables const& tables, Parameters const& parameters, SolverOptions const& options)
      : tables_(tables),
        grids_(tables.grids()),
        parameters_(parameters),
        options_(options),
        synchrotron_(grids_, parameters.B),
        cells_(active_cells(grids_.electrons, parameters.gamma_max)),
        volume_(sphere_volume(parameters.R)),
        escape_time_(parameters.R / light_speed) {
    d_.injected_power = comoving_injected_power(parameters);
    d_.compactness = compactness(d_.injected_power, parameters.R);
    d_.u_b = magnetic_energy_density(parameters.B);
    for (auto* array : {&j_syn_, &j_ic_, &alpha_, &kappa_, &escape_, &u_syn_, &u_ic_, &u_, &nu_u_,
                        &previous_u_, &photons_, &absorbed_})
      array->assign(grids_.photons.size(), 0.0);
    for (auto* array : {&number_, &weighted_, &loss_, &n_, &n_new_}) array->assign(cells_, 0.0);
  }

  Outcome run();

 private:
  void radiate();
  void set_losses();
  double power(std::span<double const> emissivity) const;
  double mean_energy(std::span<double const> u) const;
  void absorb_pairs();
  void step_electrons();
  void damp(double residual);
  std::optional<Failure> signs_of_runaway(double residual);
  void balance();
  std::optional<Failure> check_budget() const;
  std::optional<Failure> check_edges(Solution const& solution) const;
  Solution spectrum();

  Tables const& tables_;
  Grids const& grids_;
  Parameters const& parameters_;
  SolverOptions const& options_;
  SynchrotronTable const synchrotron_;
  std::size_t const cells_;
  double const volume_;
  double const escape_time_;

  std::vector<double> injected_;      ///< electrons per cell and second, without pairs
  std::vector<double> all_injected_;  ///< with pairs
  std::vector<double> number_, weighted_, loss_, n_, n_new_;
  std::vector<double> j_syn_, j_ic_, alpha_, kappa_, escape_, u_syn_, u_ic_, u_, nu_u_, previous_u_, photons_,
      absorbed_;
  double leaving_ = 0;  ///< electrons through gamma = 1 [cm-3 s-1]
  double weight_ = 1.0;
  double previous_residual_ = std::numeric_limits<double>::infinity();
  double previous_u_ic_ = 0;
  double previous_pair_power_ = 0;
  int growing_ = 0;
  int cascading_ = 0;
  Diagnostics d_;
};

/// Power of the whole sphere [erg s-1].
double Iteration::power(std::span<double const> emissivity) const {
  return volume_ * dot(emissivity.data(), grids_.photons.nu.data(), emissivity.size()) *
         grids_.photons.log_step;
}

double Iteration::mean_energy(std::span<double const> u) const {
  return dot(u.data(), grids_.photons.nu.data(), u.size()) * grids_.photons.log_step;
}

/// Photon fields of the present electrons; scattering acts on synchrotron light plus the scattered light of
/// the previous iteration, which brings in one more order each time.
void Iteration::radiate() {
  double const radius = parameters_.R;
  for (std::size_t i = 0; i < cells_; ++i) number_[i] = n_[i] * grids_.electrons.widths[i];
  synchrotron_.evaluate(number_, j_syn_, alpha_);
  previous_u_ = u_;
  for (std::size_t k = 0; k < u_.size(); ++k) {
    escape_[k] = escape_factor(2.0 * radius * (alpha_[k] + kappa_[k]));
    u_syn_[k] = energy_density(j_syn_[k], radius, escape_[k]);
    photons_[k] = photon_density(u_syn_[k] + u_ic_[k], grids_.photons.epsilon[k]);
  }
  tables_.compton_emissivity(number_, photons_, j_ic_);
  for (std::size_t k = 0; k < u_.size(); ++k) {
    u_ic_[k] = energy_density(j_ic_[k], radius, escape_[k]);
    u_[k] = u_syn_[k] + u_ic_[k];
    nu_u_[k] = grids_.photons.nu[k] * u_[k];
  }
  d_.u_syn = mean_energy(u_syn_);
  d_.u_ic = mean_energy(u_ic_);
  d_.compton_y = d_.u_syn > 0 ? d_.u_ic / d_.u_syn : 0.0;
}

void Iteration::set_losses() {
  tables_.felt_energy_density(u_, loss_);
  for (std::size_t i = 0; i < cells_; ++i) {
    double const gamma = grids_.electrons.edges[i];
    loss_[i] = loss_per_energy_density * gamma * gamma * (d_.u_b + loss_[i]);
  }
}

/// Opacity for the next iteration and pairs from the photons absorbed in this one.
void Iteration::absorb_pairs() {
  for (std::size_t k = 0; k < u_.size(); ++k) {
    double const total = alpha_[k] + kappa_[k];
    double const share = total > 0 ? kappa_[k] / total : 0.0;
    absorbed_[k] = (j_syn_[k] + j_ic_[k]) * (1.0 - escape_[k]) * share;
    photons_[k] = photon_density(u_[k], grids_.photons.epsilon[k]);
  }
  tables_.pair_absorption(photons_, kappa_);
  previous_pair_power_ = d_.pair_power;
  d_.pair_power = volume_ * add_pairs(grids_, absorbed_, all_injected_);
}

void Iteration::step_electrons() {
  all_injected_ = injected_;
  if (options_.pairs) absorb_pairs();
  set_losses();
  leaving_ = solve_steady_state(grids_.electrons, loss_, all_injected_, escape_time_, n_new_);
  for (std::size_t i = 0; i < cells_; ++i)
    weighted_[i] = grids_.electrons.centres[i] * grids_.electrons.centres[i] * n_new_[i];
}

/// ln n <- (1-w) ln n + w ln n_new; w shrinks when the residual does not fall.
void Iteration::damp(double residual) {
  for (std::size_t i = 0; i < cells_; ++i)
    n_[i] = n_[i] > 0 && n_new_[i] > 0 && weight_ < 1.0 ? n_[i] * std::pow(n_new_[i] / n_[i], weight_)
                                                        : n_new_[i];
  weight_ = residual > 0.9 * previous_residual_ ? std::max(smallest_weight, 0.5 * weight_)
                                                : std::min(1.0, 1.15 * weight_);
  previous_residual_ = residual;
}

std::optional<Failure> Iteration::signs_of_runaway(double residual) {
  if (!std::isfinite(d_.u_syn) || !std::isfinite(d_.u_ic) || !std::isfinite(residual) ||
      !std::isfinite(sum_of(n_new_)))
    return Failure{Reason::runaway, text("not finite at iteration %d: u_syn = %.3g, u_ic = %.3g erg cm-3",
                                         d_.iterations, d_.u_syn, d_.u_ic)};
  growing_ = previous_u_ic_ > 0 && d_.u_ic > fast_growth * previous_u_ic_ ? growing_ + 1 : 0;
  previous_u_ic_ = d_.u_ic;
  if (growing_ >= growth_allowed)
    return Failure{Reason::runaway,
                   text("Compton catastrophe: u_ic = %.3g erg cm-3 grew over %g-fold in each of "
                        "%d iterations, Y = %.3g",
                        d_.u_ic, fast_growth, growing_, d_.compton_y)};
  bool const cascade =
      d_.pair_power > d_.injected_power && d_.pair_power > pair_growth * previous_pair_power_;
  cascading_ = cascade ? cascading_ + 1 : 0;
  if (cascading_ >= growth_allowed)
    return Failure{Reason::runaway,
                   text("pair cascade: yield %.3g and rising for %d iterations, compactness %.3g",
                        d_.pair_power / d_.injected_power, cascading_, d_.compactness)};
  return std::nullopt;
}

/// Powers before self-absorption, which does not heat the electrons in this model.
void Iteration::balance() {
  d_.synchrotron_power = power(j_syn_);
  d_.compton_power = power(j_ic_);
  double escaping = 0;
  for (std::size_t i = 0; i < cells_; ++i)
    escaping += grids_.electrons.centres[i] * grids_.electrons.widths[i] * n_new_[i];
  d_.escaping_power = volume_ * electron_rest_energy * escaping / escape_time_;
  d_.leaving_power = volume_ * electron_rest_energy * leaving_;
  d_.energy_budget =
      (d_.synchrotron_power + d_.compton_power + d_.escaping_power + d_.leaving_power - d_.pair_power) /
          d_.injected_power -
      1.0;
}

std::optional<Failure> Iteration::check_budget() const {
  if (std::abs(d_.energy_budget) <= options_.budget_limit) return std::nullopt;
  return Failure{
      Reason::energy_budget,
      text("powers differ from the injected %.4g erg/s by %+.3g %% (limit %g %%): synchrotron %.4g, "
           "Compton %.4g, escape %.4g, outflow %.4g, pairs %.4g",
           d_.injected_power, 100.0 * d_.energy_budget, 100.0 * options_.budget_limit, d_.synchrotron_power,
           d_.compton_power, d_.escaping_power, d_.leaving_power, d_.pair_power)};
}

/// Above the grid nothing may be missing. Below it the spectrum of a thin source rises only as nu^(4/3) or
/// slower, so a comparison with the peak would reject good spectra: what counts is the power left out, read
/// off the slope at the edge.
std::optional<Failure> Iteration::check_edges(Solution const& solution) const {
  FrequencyGrid const& grid = grids_.photons;
  std::size_t const points = grid.size();
  double total = 0;
  double peak = 0;
  auto const emergent = [&](std::size_t k) { return solution.synchrotron[k] + solution.compton[k]; };
  for (std::size_t k = 0; k < points; ++k) {
    total += emergent(k) * grid.log_step;
    peak = std::max(peak, emergent(k));
  }
  if (emergent(points - 1) > options_.edge_limit * peak)
    return Failure{Reason::truncated,
                   text("nu L_nu at the highest frequency %.3g Hz is %.3g of the peak (limit %g)",
                        grid.nu.back(), emergent(points - 1) / peak, options_.edge_limit)};
  double const slope = std::log(emergent(1) / emergent(0)) / grid.log_step;
  double const below = slope > 0 ? emergent(0) / slope : total;
  if (emergent(0) > 0 && below > options_.low_edge_limit * total)
    return Failure{Reason::truncated,
                   text("about %.3g of the power lies below the lowest frequency %.3g Hz (limit %g)",
                        below / total, grid.nu.front(), options_.low_edge_limit)};
  return std::nullopt;
}

Solution Iteration::spectrum() {
  Solution solution;
  solution.density = n_;
  for (std::size_t k = 0; k < u_.size(); ++k) {
    double const emergent = volume_ * grids_.photons.nu[k] * escape_[k];
    solution.synchrotron.push_back(emergent * j_syn_[k]);
    solution.compton.push_back(emergent * j_ic_[k]);
    d_.tau_ssa_peak = std::max(d_.tau_ssa_peak, 2.0 * parameters_.R * alpha_[k]);
  }
  solution.diagnostics = d_;
  return solution;
}

Outcome Iteration::run() {
  Injection const injection{parameters_.p, parameters_.gamma_min, parameters_.gamma_max, d_.injected_power,
                            parameters_.R};
  if (auto failure = inject(grids_.electrons, injection, cells_, injected_)) return *std::move(failure);

  set_losses();  // the magnetic field alone
  solve_steady_state(grids_.electrons, loss_, injected_, escape_time_, n_);

  double photon_change = 0;
  for (int count = 1; count <= options_.max_iterations; ++count) {
    d_.iterations = count;
    radiate();
    step_electrons();
    d_.residual = largest_change(n_, n_new_, weighted_);
    if (auto failure = signs_of_runaway(d_.residual)) return *std::move(failure);
    // The scattering orders have to settle too, or weakly cooled sources would stop at the first.
    photon_change = largest_change(previous_u_, u_, nu_u_);
    if (d_.residual < options_.tolerance && photon_change < options_.tolerance) {
      balance();
      Solution solution = spectrum();
      if (auto failure = check_edges(solution))
        return *std::move(failure);  // first: it explains a bad budget
      if (auto failure = check_budget()) return *std::move(failure);
      return solution;
    }
    damp(d_.residual);
  }
  return Failure{
      Reason::not_converged,
      text("residual %.3g in electrons, %.3g in photons after %d iterations (goal %g); compactness %.3g, "
           "Y = %.3g",
           d_.residual, photon_change, d_.iterations, options_.tolerance, d_.compactness, d_.compton_y)};
}

}  // namespace

Outcome solve(Tables const& tables, Parameters const& parameters, SolverOptions const& options) {
  if (auto failure = check_parameters(parameters)) return *std::move(failure);
  return Iteration(tables, parameters, options).run();
}

void boosted_luminosity(Tables const& tables, Solution const& solution, double delta,
                        std::span<double const> nu, std::span<double> luminosity) {
  FrequencyGrid const& grid = tables.grids().photons;
  SpectrumInterpolant const synchrotron(grid, solution.synchrotron);
  SpectrumInterpolant const compton(grid, solution.compton);
  double const boost = delta * delta * delta * delta;
  for (std::size_t k = 0; k < nu.size(); ++k)
    luminosity[k] = boost * (synchrotron(nu[k] / delta) + compton(nu[k] / delta));
}

}  // namespace ssc
