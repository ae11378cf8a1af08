#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "like_reference.hpp"

namespace ssc::command {
namespace {

struct EmissionOptions {
  std::string like;
  int cells = 100;
  int frequencies = 12;
};

int print_cooled(ReferenceFile const& file, EmissionOptions const& options) {
  std::vector<double> const gamma = file.column("gamma");
  std::vector<double> const density = cooled_like(file, gamma, options.cells);
  std::puts("gamma,n");
  for (std::size_t i = 0; i < gamma.size(); ++i) std::printf("%.8e,%.6e\n", gamma[i], density[i]);
  return exit_ok;
}

int run_emission(EmissionOptions const& options) {
  ReferenceFile const file = ReferenceFile::read(options.like);
  if (file.shape == Shape::cooled) return print_cooled(file, options);
  std::vector<double> const nu = file.column("nu_obs_hz");
  ObservedEmission const e = emission_like(file, nu, options.cells, options.frequencies);
  std::puts("nu_obs_hz,nuFnu_sync_thin,nuFnu_ssc_thin,tau_ssa,nuFnu_sync_ssa,nuFnu_ssc_ssa");
  for (std::size_t k = 0; k < nu.size(); ++k)
    std::printf("%.6e,%.6e,%.6e,%.6e,%.6e,%.6e\n", nu[k], e.synchrotron_thin[k], e.ssc_thin[k], e.tau[k],
                e.synchrotron[k], e.ssc[k]);
  return exit_ok;
}

}  // namespace

void register_emission(CLI::App& app, Action& action) {
  auto options = std::make_shared<EmissionOptions>();
  CLI::App* command =
      app.add_subcommand("emission", "what a reference file holds, computed here, at the file's points");
  command->add_option("--like", options->like, "reference file with `# name = value` lines")->required();
  command->add_option("--cells", options->cells, "electron points per decade, default 100")
      ->check(CLI::Range(2, 1000));
  command->add_option("--frequencies", options->frequencies, "target photons per decade, default 12")
      ->check(CLI::Range(1, 200));
  command->callback([options, &action] { action = [options] { return run_emission(*options); }; });
}

}  // namespace ssc::command
