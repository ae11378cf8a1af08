// tranche-train: trains the surrogates of a campaign. Started by `tranche train`, once a trial.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <memory>

#include "blas.hpp"
#include "mpi_peers.hpp"
#include "torchscript.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/base/version.hpp"
#include "tranche/comm/mpi_env.hpp"
#include "tranche/surrogate/surrogate.hpp"
#include "trial.hpp"

namespace {

using namespace tranche;

volatile std::sig_atomic_t asked_to_end = 0;

void on_signal(int) {
  asked_to_end = 1;
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) ::sigaction(signal, &action, nullptr);
}

struct Options {
  trainer::TrialJob job;
  std::string memory;
  int ranks = 1;
  std::filesystem::path surrogate;
  std::filesystem::path out;
};

void add_trial(CLI::App& app, Options& options) {
  auto* trial = app.add_subcommand("trial", "one training of a model: an entry of its trials.json");
  trial->add_option("--model", options.job.model, "folder with trials.json")->required();
  trial->add_option("--trial", options.job.trial, "which entry, from 0")->required();
  trial->add_option("--campaign", options.job.campaign,
                    "whose store is read (default: two folders above the model)");
  trial->add_option("--result", options.job.result, "where a copy of result.json goes");
  trial->add_option("--memory", options.memory,
                    "for the rows (default: 4 GB or half of what is free for each core)");
  trial->add_option("--ranks", options.ranks, "as many as mpirun starts: they train together")
      ->check(CLI::PositiveNumber);
}

void add_torchscript(CLI::App& app, Options& options) {
  auto* torchscript = app.add_subcommand("torchscript", "a surrogate as a TorchScript file");
  torchscript->add_option("--surrogate", options.surrogate, "surrogate.h5")->required();
  torchscript->add_option("--out", options.out, "the file to write, e.g. surrogate.pt")->required();
}

int run_torchscript(const Options& options) {
  trainer::write_torchscript(surrogate::load(options.surrogate), options.out);
  return 0;
}

int run_trial(Options& options, trainer::Peers* peers) {
  if (const auto warning = trainer::blas_warning(trainer::blas_file()))
    std::cerr << "warning: " << *warning << '\n';
  if (!options.memory.empty()) {
    options.job.memory_bytes = parse_size(options.memory);
    if (!options.job.memory_bytes)
      throw Failure{ExitCode::usage, "--memory " + options.memory + " is no size", "--memory 2GB"};
  }
  catch_signals();
  options.job.stop = [] { return asked_to_end != 0; };
  options.job.peers = peers;
  return trainer::run_trial(options.job, std::cerr);
}

int report(const Failure& error) {
  std::cerr << "error: " << error.what() << '\n';
  if (!error.fix().empty()) std::cerr << "  " << error.fix() << '\n';
  return static_cast<int>(error.code());
}

/// From an exception to a message and an exit code.
int guarded(const std::function<int()>& work) {
  try {
    return work();
  } catch (const ConfigError& error) {
    std::cerr << "error: " << error.what() << '\n';
    return static_cast<int>(ExitCode::usage);
  } catch (const Failure& error) {
    return report(error);
  } catch (const std::bad_alloc&) {
    std::cerr << "error: out of memory\n";
    return static_cast<int>(ExitCode::environment);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return static_cast<int>(ExitCode::unexpected);
  }
}

int run_in_ranks(Options& options, int argc, char** argv) {
  comm::MpiEnv mpi{argc, argv};
  trainer::MpiPeers peers{mpi};
  const int code = guarded([&] {
    if (peers.size() != options.ranks)
      throw Failure{ExitCode::usage,
                    "--ranks " + std::to_string(options.ranks) + ", but " + std::to_string(peers.size()) +
                        (peers.size() == 1 ? " rank was" : " ranks were") + " started",
                    "mpirun -n " + std::to_string(options.ranks) + " tranche-train trial ..."};
    return run_trial(options, &peers);
  });
  // After an error the others wait in a collective; what ended in order is told by all of them.
  const bool in_order = code == 0 || code == static_cast<int>(ExitCode::stopped) || code == trainer::unusable;
  if (!in_order) mpi.abort(code);
  mpi.finalize();
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"tranche-train: trains the surrogates of a campaign; started by `tranche train`"};
  app.set_version_flag("--version", std::string{version()});
  app.require_subcommand(1);
  add_trial(app, options);
  add_torchscript(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  if (app.got_subcommand("torchscript")) return guarded([&] { return run_torchscript(options); });
  if (options.ranks > 1) return run_in_ranks(options, argc, argv);
  return guarded([&] { return run_trial(options, nullptr); });
}
