#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "box.hpp"
#include "commands.hpp"
#include "ssc/solver.hpp"

namespace ssc::command {
namespace {

struct BenchOptions {
  std::size_t points = 300;
  std::uint64_t seed = 1;
  SolverOptions solver;
  bool verbose = false;
};

/// Processor time of this program: what a sample costs, also on a machine shared with others.
double cpu_milliseconds() {
  return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double quantile(std::vector<double> const& sorted, double part) {
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1) + 0.5)];
}

void print_distribution(char const* what, std::vector<double> values) {
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (double const value : values) sum += value;
  std::printf("%-24s median %.4g  mean %.4g  p95 %.4g  max %.4g\n", what, quantile(values, 0.5),
              sum / static_cast<double>(values.size()), quantile(values, 0.95), values.back());
}

int run_bench(BenchOptions const& options) {
  double start = cpu_milliseconds();
  Tables const tables;
  std::printf("tables: %.1f ms, %.2f MB\n", cpu_milliseconds() - start,
              static_cast<double>(tables.size_bytes()) / 1e6);

  std::map<std::string, std::size_t> counts;
  std::vector<double> times, iterations, budgets;
  auto const points = sample_box(options.points, options.seed);
  for (Parameters const& point : points) {
    start = cpu_milliseconds();
    Outcome const outcome = solve(tables, point, options.solver);
    times.push_back(cpu_milliseconds() - start);
    auto const* failure = std::get_if<Failure>(&outcome);
    ++counts[failure ? reason_name(failure->reason) : "ok"];
    if (failure) {
      if (options.verbose)
        std::printf("%s: %s (delta %.4g R %.4g B %.4g p %.4g gamma_min %.4g gamma_max %.4g L_e %.4g)\n",
                    reason_name(failure->reason), failure->message.c_str(), point.delta, point.R, point.B,
                    point.p, point.gamma_min, point.gamma_max, point.L_e);
    } else {
      Diagnostics const& d = std::get<Solution>(outcome).diagnostics;
      iterations.push_back(d.iterations);
      budgets.push_back(100.0 * std::abs(d.energy_budget));
    }
  }
  std::printf("%zu points of the box\n", points.size());
  for (auto const& [reason, count] : counts)
    std::printf("  %-16s %6zu  %.2f %%\n", reason.c_str(), count,
                100.0 * static_cast<double>(count) / static_cast<double>(points.size()));
  print_distribution("CPU milliseconds", times);
  print_distribution("iterations (ok)", iterations);
  print_distribution("energy budget % (ok)", budgets);
  return exit_ok;
}

}  // namespace

void register_bench(CLI::App& app, Action& action) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand("bench", "times a Latin hypercube of the campaign's parameter box");
  command
      ->add_option("--n", options->points,
                   "points before the constraint gamma_max >= 2 gamma_min, default 300")
      ->check(CLI::Range(1, 10000000));
  command->add_option("--seed", options->seed, "default 1");
  command->add_option("--max_iterations", options->solver.max_iterations, "iteration cap, default 200");
  command->add_flag("--pairs", options->solver.pairs, "photon-photon absorption and pair production");
  command->add_flag("--verbose", options->verbose, "one line per failed point");
  command->callback([options, &action] { action = [options] { return run_bench(*options); }; });
}

}  // namespace ssc::command
