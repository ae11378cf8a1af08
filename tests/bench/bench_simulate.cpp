// Samples per second through submit/poll/release with the no-op plug-in, and how fast a crashed slot is
// back. Usage: bench_simulate PLUGIN [SAMPLES] [SLOTS]
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sys/resource.h>

#include "tranche/simulate/simulator_host.hpp"

namespace {

using namespace tranche;
using Clock = std::chrono::steady_clock;

campaign::CampaignSpec spectrum_spec() {
  campaign::CampaignSpec spec;
  spec.parameters.resize(9);
  spec.axes.resize(1);
  spec.axes[0].values.assign(177, 1);
  campaign::Output sed;
  sed.name = "sed";
  sed.axes = {0};
  sed.size = 177;
  spec.outputs = {sed};
  spec.simulator.timeout_s = 60;
  return spec;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double own_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::uint64_t samples = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2'000'000;
  simulate::HostOptions options;
  options.campaign_dir = ".";
  options.plugin_path = std::filesystem::absolute(argv[1]);
  options.slots = argc > 3 ? static_cast<std::uint32_t>(std::atoi(argv[3])) : 1;
  options.scratch_dir = std::filesystem::temp_directory_path() / ("tranche-bench-" + std::to_string(::getpid()));
  simulate::SampleInputs inputs;
  inputs.evaluate = [](SampleIndex index, std::span<double> x) {
    for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<double>(index + k);
  };
  simulate::SimulatorHost host{spectrum_spec(), inputs, options};
  host.start();
  std::vector<simulate::Finished> done;
  std::uint64_t next = 0, finished = 0, empty = 0;
  double slot_cpu = 0, slot_wall = 0;
  const auto start = Clock::now();
  const double cpu = own_cpu();
  while (finished < samples) {
    while (host.room() > 0 && next < samples) host.submit({1, 1, 0, next++});
    done.clear();
    host.poll(done);
    for (const auto& run : done) {
      slot_cpu += run.record.cpu_s;
      slot_wall += run.record.wall_s;
      host.release(run.ticket);
    }
    finished += done.size();
    if (done.empty()) {
      ++empty;
      pollfd wanted{host.wake_fd(), POLLIN, 0};
      ::poll(&wanted, 1, 1);
    }
  }
  const double wall = seconds_since(start);
  std::printf("%llu samples, %u slots: %.3g /s, agent CPU %.2f us a sample, slot wall %.2f us, slot CPU %.2f us, %llu waits\n",
              static_cast<unsigned long long>(samples), options.slots, static_cast<double>(samples) / wall,
              (own_cpu() - cpu) / static_cast<double>(samples) * 1e6, slot_wall / static_cast<double>(samples) * 1e6,
              slot_cpu / static_cast<double>(samples) * 1e6, static_cast<unsigned long long>(empty));
  host.stop(5);
  std::filesystem::remove_all(options.scratch_dir);
}
