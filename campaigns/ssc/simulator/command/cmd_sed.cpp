#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "ssc/constants.hpp"
#include "ssc/observer.hpp"
#include "ssc/solver.hpp"

namespace ssc::command {
namespace {

struct SedOptions {
  Parameters parameters;
  SolverOptions solver;
  double redshift = 0;
  double nu_min = 1e8;
  double nu_max = 1e30;
  int points = 177;
  std::string format = "json";
};

struct Sed {
  std::vector<double> nu;          ///< observer frame [Hz]
  std::vector<double> luminosity;  ///< nu L_nu boosted, at the redshift's frequencies [erg s-1]
  std::vector<double> flux;        ///< nu F_nu [erg cm-2 s-1]; empty at redshift 0
};

/// Name and value of every figure worth printing.
std::vector<std::pair<char const*, double>> figures(Diagnostics const& d) {
  return {{"iterations", d.iterations},
          {"residual", d.residual},
          {"compactness", d.compactness},
          {"compton_y", d.compton_y},
          {"energy_budget", d.energy_budget},
          {"injected_power_erg_s", d.injected_power},
          {"synchrotron_power_erg_s", d.synchrotron_power},
          {"compton_power_erg_s", d.compton_power},
          {"escaping_power_erg_s", d.escaping_power},
          {"leaving_power_erg_s", d.leaving_power},
          {"pair_power_erg_s", d.pair_power},
          {"u_b_erg_cm3", d.u_b},
          {"u_syn_erg_cm3", d.u_syn},
          {"u_ic_erg_cm3", d.u_ic},
          {"tau_ssa_peak", d.tau_ssa_peak}};
}

Sed observe(Tables const& tables, Solution const& solution, SedOptions const& options) {
  Sed sed;
  double const step = std::log10(options.nu_max / options.nu_min) / (options.points - 1);
  std::vector<double> source_nu;
  for (int k = 0; k < options.points; ++k) {
    sed.nu.push_back(std::pow(10.0, std::log10(options.nu_min) + k * step));
    source_nu.push_back(sed.nu.back() * (1.0 + options.redshift));
  }
  sed.luminosity.resize(sed.nu.size());
  boosted_luminosity(tables, solution, options.parameters.delta, source_nu, sed.luminosity);
  if (options.redshift > 0) {
    double const distance = luminosity_distance(options.redshift);
    for (double const value : sed.luminosity) sed.flux.push_back(value / (4.0 * pi * distance * distance));
  }
  return sed;
}

void print_json(SedOptions const& options, Diagnostics const& diagnostics, Sed const& sed) {
  nlohmann::ordered_json out;
  out["status"] = "ok";
  for (ParameterField const& field : parameter_fields())
    out["parameters"][field.name] = options.parameters.*field.member;
  out["redshift"] = options.redshift;
  for (auto const& [name, value] : figures(diagnostics)) out[name] = value;
  out["nu_hz"] = sed.nu;
  out["nu_l_nu_erg_s"] = sed.luminosity;
  if (!sed.flux.empty()) out["nu_f_nu_erg_cm2_s"] = sed.flux;
  std::cout << out.dump() << '\n';
}

void print_csv(SedOptions const& options, Diagnostics const& diagnostics, Sed const& sed) {
  for (ParameterField const& field : parameter_fields())
    std::printf("# %s = %.15g\n", field.name, options.parameters.*field.member);
  std::printf("# redshift = %.15g\n", options.redshift);
  for (auto const& [name, value] : figures(diagnostics)) std::printf("# %s = %.8g\n", name, value);
  std::printf("nu_hz,nu_l_nu_erg_s%s\n", sed.flux.empty() ? "" : ",nu_f_nu_erg_cm2_s");
  for (std::size_t k = 0; k < sed.nu.size(); ++k) {
    std::printf("%.10g,%.10g", sed.nu[k], sed.luminosity[k]);
    if (!sed.flux.empty()) std::printf(",%.10g", sed.flux[k]);
    std::printf("\n");
  }
}

int run_sed(SedOptions const& options) {
  Tables const tables;
  Outcome const outcome = solve(tables, options.parameters, options.solver);
  if (auto const* failure = std::get_if<Failure>(&outcome)) {
    std::cerr << reason_name(failure->reason) << ": " << failure->message << '\n';
    return is_bad_point(failure->reason) ? exit_bad_point : exit_failed;
  }
  Solution const& solution = std::get<Solution>(outcome);
  Sed const sed = observe(tables, solution, options);
  if (options.format == "json")
    print_json(options, solution.diagnostics, sed);
  else
    print_csv(options, solution.diagnostics, sed);
  return exit_ok;
}

}  // namespace

void register_sed(CLI::App& app, Action& action) {
  auto options = std::make_shared<SedOptions>();
  CLI::App* command = app.add_subcommand("sed", "one spectrum: steady state of injected electrons");
  char const* const help[] = {"Doppler factor",
                              "radius [cm]",
                              "magnetic field [G]",
                              "index of the injected electrons",
                              "lowest injected Lorentz factor",
                              "exponential cut-off Lorentz factor",
                              "electron luminosity, jet power [erg/s]"};
  std::size_t k = 0;
  for (ParameterField const& field : parameter_fields())
    command->add_option(std::string("--") + field.name, options->parameters.*field.member, help[k++])
        ->required();
  command
      ->add_option("--redshift", options->redshift,
                   "z: frequencies are redshifted, nu F_nu is added (no EBL)")
      ->check(CLI::Range(0.0, 20.0));
  command->add_option("--nu_min", options->nu_min, "lowest frequency [Hz], default 1e8")
      ->check(CLI::PositiveNumber);
  command->add_option("--nu_max", options->nu_max, "highest frequency [Hz], default 1e30")
      ->check(CLI::PositiveNumber);
  command->add_option("--points", options->points, "number of frequencies, default 177")
      ->check(CLI::Range(2, 100000));
  command->add_option("--max_iterations", options->solver.max_iterations, "iteration cap, default 200")
      ->check(CLI::Range(1, 1000000));
  command->add_flag("--pairs", options->solver.pairs, "photon-photon absorption and pair production");
  command->add_option("--format", options->format, "json (default) or csv")
      ->check(CLI::IsMember({"json", "csv"}));
  command->callback([options, &action] { action = [options] { return run_sed(*options); }; });
}

}  // namespace ssc::command
