/// tranched: one rank of a campaign's run. Started by `tranche run`, not by people.

#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>

#include "daemon_main.hpp"
#include "tools.hpp"
#include "tranche/comm/mpi_env.hpp"
#include "tranche/directory/outcome.hpp"
#include "tranche/directory/scratch_folder.hpp"
#include "tranche/simulate/simulator_host.hpp"

namespace {

using namespace tranche;

/// Which of several ranks it is: the first words of what it says. Alone it needs no name.
std::string name_of(const comm::MpiEnv& mpi) {
  if (mpi.size() == 1) return "";
  return "rank " + std::to_string(mpi.rank()) + " on " + directory::host_name() + ": ";
}

/// Prints and records what went wrong; returns the exit code.
int explain(const daemon::DaemonOptions& options, const std::string& who, const std::exception& error) {
  const auto* failure = dynamic_cast<const Failure*>(&error);
  const bool user = dynamic_cast<const ConfigError*>(&error) != nullptr;
  const directory::Outcome outcome{failure != nullptr ? failure->code()
                                   : user             ? ExitCode::usage
                                                      : ExitCode::unexpected,
                                   who + error.what(), failure != nullptr ? failure->fix() : ""};
  std::cerr << "tranched: " << outcome.text << std::endl;
  try {
    directory::write_outcome(options.outcome, outcome);
  } catch (const std::exception& second) {
    std::cerr << "tranched: " << who << second.what() << std::endl;
  }
  return static_cast<int>(outcome.code);
}

/// `tranche doctor`, `tranche bench`: no campaign, no simulators.
int run_tool(int argc, char** argv, const daemon::DaemonOptions& options) {
  comm::MpiEnv mpi{argc, argv};
  try {
    daemon::run_tool(mpi, options);
  } catch (const std::exception& error) {
    mpi.abort(explain(options, name_of(mpi), error));
  }
  mpi.finalize();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  daemon::DaemonOptions options;
  CLI::App app{"one rank of a tranche campaign; started by `tranche run`"};
  app.add_option("--campaign", options.campaign)->required();
  app.add_option("--outcome", options.outcome)->required();
  app.add_option("--until", options.until, "number of the last stage to run");
  app.add_option("--slots", options.slots, "simulator processes of this rank");
  app.add_option("--slot-cores", options.slot_cores, "doctor: cores that each slot takes");
  app.add_option("--ends-at", options.ends_at, "Unix time at which the allocation ends");
  app.add_option("--tool", options.tool, "doctor or store-bench, in an empty folder");
  app.add_flag("--takeover", options.takeover, "replace a silent owner");
  app.add_flag("--resume", options.resume, "lift a pause");
  app.add_flag("--lifeline", options.lifeline, "drain when standard input ends");
  CLI11_PARSE(app, argc, argv);

  if (!options.tool.empty()) return run_tool(argc, argv, options);
  std::optional<daemon::CampaignContext> context;
  std::optional<simulate::SimulatorHost> host;
  std::optional<daemon::Signals> signals;
  std::optional<directory::ScratchFolder> scratch;
  try {
    signals.emplace();  // before anything that a signal could tear
    context.emplace(daemon::load_context(options.campaign));
    scratch.emplace();
    options.scratch = scratch->path();
    daemon::make_host(host, *context,
                      options);  // forks the zygote: before MPI_Init, before anything is large
  } catch (const std::exception& error) {
    return explain(options, "", error);
  }

  // Rows wait in tiles of which one page may be all that is used: large pages would take the whole tile.
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);

  // Outside the try block: after an error the only way out is abort (see MpiEnv).
  comm::MpiEnv mpi{argc, argv};
  if (mpi.size() > 1) signals->let_term_end_us();
  std::optional<daemon::SilenceWatch> watch;
  try {
    watch.emplace(mpi.rank(), mpi.size(), directory::signs_path(options.outcome),
                  [&](const Failure& failure) { return explain(options, name_of(mpi), failure); });
    daemon::run_rank(mpi, *context, *host, options, *signals, *watch);
  } catch (const std::exception& error) {
    const int code = explain(options, name_of(mpi), error);
    if (watch) watch->gives_up(code);
    host.reset();
    scratch.reset();
    mpi.abort(code);
  }
  host.reset();
  const daemon::SilenceWatch::Meeting meeting{*watch, daemon::the_end};
  mpi.finalize();
  return 0;
}
