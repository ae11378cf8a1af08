// tranche doctor: is this machine, and this directory, fit for a campaign?
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>
#include <sstream>

#include "commands.hpp"
#include "fitness_text.hpp"
#include "json_output.hpp"
#include "machine_checks.hpp"
#include "tool_commands.hpp"
#include "tool_job.hpp"
#include "tranche/inspect/text_table.hpp"
#include "tranche/launch/job.hpp"

namespace tranche::cli {
namespace {

using inspect::Fitness;
using inspect::FitnessCheck;

/// What a launcher says at length, in one line.
std::string in_one_line(const std::string& text) {
  constexpr std::size_t longest = 300;
  std::istringstream words{text};
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return inspect::shortened(line, longest);
}

/// As a run here would be started.
struct Wanted {
  campaign::Launcher launcher = campaign::Launcher::mpirun;
  std::uint32_t slots = 0;  ///< 0: as many as the cores hold
  std::uint32_t slot_cores = 1;
};

Wanted wanted_here(const DoctorOptions& options, const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory / "campaign.yaml"))
    return {campaign::Launcher::mpirun, options.slots, 1};
  const auto spec = inspect::open_campaign(directory::find_campaign(directory)).spec;
  const auto slots = options.slots == 0 ? spec.resources.slots.value_or(0) : options.slots;
  return {spec.cluster.launcher, slots, spec.resources.cores()};
}

/// What the ranks say, or why they say nothing.
std::vector<FitnessCheck> ask_ranks(const DoctorOptions& options, const std::filesystem::path& folder,
                                    const Wanted& wanted) {
  std::string talk;
  try {
    const auto end =
        run_tool({"doctor", folder, options.ranks, wanted.slots, wanted.launcher, wanted.slot_cores}, talk);
    const auto report = Json::parse(end.text, nullptr, false);
    if (end.code != ExitCode::done || !report.is_object())
      return {
          {"world", Fitness::fail, in_one_line(end.text + " " + talk),
           end.fix.empty() ? "does mpirun start a program here? TMPDIR and the MPI module matter" : end.fix}};
    auto checks = inspect::fitness_from_json(report.at("checks").dump());
    const int world = report.value("world", 0);
    if (world != options.ranks)
      checks.front() = {"world", Fitness::fail,
                        "the ranks do not form one world: " + std::to_string(options.ranks) +
                            " were started, a rank sees " + std::to_string(world),
                        "mpirun belongs to another MPI than tranche was built with"};
    return checks;
  } catch (const Failure& failure) {
    return {{"world", Fitness::fail, failure.what(), failure.fix()}};
  }
}

int ranks_of_a_run(int asked) {
  launch::JobOptions job;
  job.ranks = asked;
  job.allocation = slurm::read_allocation();
  return launch::ranks_of(job);
}

std::vector<FitnessCheck> examine_all(const DoctorOptions& options, const std::filesystem::path& directory) {
  const auto wanted = wanted_here(options, directory);
  std::vector<FitnessCheck> checks{check_versions(), check_launcher(options.ranks, wanted.launcher),
                                   check_file_system(directory)};
  const auto add = [&](std::vector<FitnessCheck> more) {
    checks.insert(checks.end(), more.begin(), more.end());
  };
  {
    const WorkFolder folder{directory};
    add(ask_ranks(options, folder.path(), wanted));
    add({check_ledger_locks(folder.path())});
  }
  if (!std::filesystem::exists(directory / "campaign.yaml"))
    return add({{"campaign",
                 Fitness::ok,
                 "no campaign here: its size and simulator were not looked at",
                 {}}}),
           checks;
  const auto view = inspect::open_campaign(directory::find_campaign(directory));
  add({check_space(view), check_simulator(view)});
  return checks;
}

}  // namespace

void register_doctor(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("doctor", "Is this machine, and this directory, fit for a campaign?");
  auto options = std::make_shared<DoctorOptions>();
  verb->add_option("-n,--ranks", options->ranks,
                   "MPI ranks, as for tranche run (default: as it would have here)")
      ->check(CLI::Range(1, 100'000))
      ->type_name("RANKS");
  verb->add_option("-j,--slots", options->slots, "Simulator processes per rank, as for tranche run")
      ->check(CLI::Range(1, 4096))
      ->type_name("SLOTS");
  verb->footer(
      "  tranche doctor -n 4       inside an allocation of 4 nodes, in the campaign's directory\n"
      "Leaves nothing behind. Exit code 7 if something is unfit.");
  verb->callback([options, &context] { context.exit_code = run_doctor(*options, context); });
}

int run_doctor(const DoctorOptions& asked, Context& context) {
  auto options = asked;
  options.ranks = ranks_of_a_run(asked.ranks);
  const auto directory = std::filesystem::absolute(context.options.directory);
  if (!std::filesystem::is_directory(directory))
    throw Failure{ExitCode::usage, directory.string() + " is no directory", "-C DIR names one"};
  const auto checks = examine_all(options, directory);
  const bool fit = std::none_of(checks.begin(), checks.end(),
                                [](const auto& check) { return check.fitness == Fitness::fail; });
  if (context.options.json)
    print_json(context,
               {{"tranche_doctor", 1}, {"fit", fit}, {"checks", Json::parse(inspect::to_json_text(checks))}});
  else
    context.out << fitness_text(checks, context.out_style);
  return static_cast<int>(fit ? ExitCode::done : ExitCode::environment);
}

}  // namespace tranche::cli
