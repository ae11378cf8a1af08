/// What the simulator costs without tranche: N processes share the samples of a stage and record nothing.
///
///   bare_loop CAMPAIGN STAGE [processes]
///
/// Prints the wall time from the first fork to the last exit, the sum of CPU times, and how long the last
/// process worked alone. Samples are handed out one by one from a shared counter: nothing can be fairer.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "plugin.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/simulate/simulator_files.hpp"

using namespace tranche;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// In memory that all processes share.
struct Shared {
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> failed{0};
};

int work(const inspect::CampaignView& view, const simulate::Plugin& plugin, simulate::PluginInfo& info,
         void* shared_data, IndexRange range, Shared& shared) {
  void* state = nullptr;
  if (plugin.open != nullptr && plugin.open(&info.get(), shared_data, &state) != 0) return 1;
  std::vector<double> x(info.inputs());
  std::vector<std::vector<double>> values;
  std::vector<double*> out;
  for (const auto& output : view.spec.outputs) values.emplace_back(output.size);
  for (auto& value : values) out.push_back(value.data());
  std::vector<double> meta(view.spec.meta.size());
  for (auto index = shared.next++; index < range.end; index = shared.next++) {
    view.space.evaluate(index, x);
    if (!view.space.feasible(x)) continue;
    tranche_task task{};
    task.size = sizeof task;
    task.index = index;
    task.seed = view.space.design().seed_of(index);
    task.deadline_s = 60;
    task.rundir = "/tmp";
    task.x = x.data();
    task.nx = x.size();
    tranche_result result{};
    result.size = sizeof result;
    result.meta = meta.data();
    result.n_meta = meta.size();
    if (plugin.eval(state, &task, out.data(), &result) != TRANCHE_OK) ++shared.failed;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("usage: bare_loop CAMPAIGN STAGE [processes]\n", stderr), 2;
  const auto view = inspect::open_campaign(directory::find_campaign(argv[1]));
  const int processes = argc > 3 ? std::atoi(argv[3]) : 2;
  const campaign::Stage* stage = nullptr;
  for (const auto& known : view.plan.stages())
    if (known.name == argv[2]) stage = &known;
  if (stage == nullptr) return std::fputs("no such stage\n", stderr), 2;

  const auto plugin =
      simulate::load_plugin(simulate::require_simulator(view.paths.root().string(), view.spec.simulator).program);
  simulate::PluginInfo info{view.spec, view.paths.root().string()};
  void* shared_data = nullptr;
  if (plugin.load != nullptr && plugin.load(&info.get(), &shared_data) != 0) return 1;
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return std::perror("mmap"), 1;
  auto& shared = *new (memory) Shared;
  shared.next = stage->range.begin;

  const auto begin = Clock::now();
  for (int k = 0; k < processes; ++k)
    if (fork() == 0) _exit(work(view, plugin, info, shared_data, stage->range, shared));
  double first_end = 0;
  for (int k = 0; k < processes; ++k) {
    int status = 0;
    wait(&status);
    if (status != 0) return std::fputs("a process failed\n", stderr), 1;
    if (k == 0) first_end = seconds_since(begin);
  }
  const double wall = seconds_since(begin);
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const double cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  std::printf("{\"samples\": %llu, \"failed\": %llu, \"wall_s\": %.4f, \"cpu_s\": %.4f, \"tail_s\": %.4f}\n",
              static_cast<unsigned long long>(stage->range.size()),
              static_cast<unsigned long long>(shared.failed.load()), wall, cpu, wall - first_end);
}
