#include <exception>
#include <iostream>

#include "commands.hpp"

int main(int argc, char** argv) {
  CLI::App app("One-zone synchrotron self-Compton spectra of blazars", "ssc");
  app.require_subcommand(1);
  app.set_config("--deck", "", "options from a file: [sed], then lines like delta = 10");
  app.footer(
      "Exit codes: 0 ok; 1 no spectrum (not_converged, runaway, energy_budget, truncated) or another error;\n"
      "2 usage; 65 the point has no spectrum (bad_parameter, empty_injection).");
  ssc::command::Action action;
  ssc::command::register_sed(app, action);
  ssc::command::register_emission(app, action);
  ssc::command::register_bench(app, action);
  try {
    app.parse(argc, argv);
    return action();
  } catch (CLI::ParseError const& error) {
    return app.exit(error) == 0 ? ssc::command::exit_ok : ssc::command::exit_usage;
  } catch (std::exception const& error) {
    std::cerr << "ssc: " << error.what() << '\n';
    return ssc::command::exit_failed;
  }
}
