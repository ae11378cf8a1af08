// tranche run: starts the ranks, shows progress, tells how it ended.
#include <CLI/CLI.hpp>
#include <csignal>
#include <memory>

#include "commands.hpp"
#include "run_campaign.hpp"

namespace tranche::cli {
namespace {

/// Told before anything listens to it, it would end us; now it waits until somebody does.
void keep_signal_of_the_batch_system() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, nullptr);
}

/// To a batch system all but 0 is a failure, and a gate is none.
int exit_code_of_job(int code) {
  return code == static_cast<int>(ExitCode::gate) ? static_cast<int>(ExitCode::done) : code;
}

}  // namespace

void register_run(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("run", "Compute; running again resumes");
  auto options = std::make_shared<RunOptions>();
  verb->add_option("--until", options->until, "Stop after this stage (name or number)")->type_name("STAGE");
  verb->add_option("--stage", options->stage, "This stage alone; those before it must be done")
      ->type_name("STAGE")
      ->excludes("--until");
  verb->add_option("-n,--ranks", options->ranks,
                   "MPI ranks (default: one on each node of a Slurm job; else 1, without mpirun)")
      ->check(CLI::Range(1, 100'000))
      ->type_name("RANKS");
  verb->add_option("-j,--slots", options->slots, "Simulator processes per rank (default: one per core)")
      ->check(CLI::Range(1, 4096))
      ->type_name("SLOTS");
  verb->add_flag("--takeover", options->takeover,
                 "Replace an owner on another machine that has been silent for 60 s");
  verb->add_flag("--resume", options->resume, "Go on after tranche pause");
  verb->add_flag("--job", options->job,
                 "In a job script: waiting at a gate is exit code 0, and so is having nothing left to do");
  verb->add_option("--time", options->time,
                   "The run will be ended after so long (3 h, 03:00:00): nothing begins that would not end. "
                   "Slurm is asked without this")
      ->type_name("TIME");
  verb->footer(
      "  tranche run --until pilot     the first look\n"
      "  tranche run -n 4 -j 32        4 nodes, 32 slots each\n"
      "Ctrl-C ends cleanly and loses nothing recorded; a second Ctrl-C kills.");
  verb->callback([options, &context] { context.exit_code = run_run(*options, context); });
}

int run_run(const RunOptions& options, Context& context) {
  // Whoever waits for the exit code gets it, whether or not anybody still reads what is said.
  std::signal(SIGPIPE, SIG_IGN);
  if (options.job) keep_signal_of_the_batch_system();
  const auto paths = context.campaign();
  if (options.job && is_finished(paths)) return tell_outcome(nothing_left(), context);
  const auto end = run_campaign(options, paths, context, context.options.json ? context.err : context.out);
  const int code = tell_outcome(end, context);
  return options.job ? exit_code_of_job(code) : code;
}

}  // namespace tranche::cli
