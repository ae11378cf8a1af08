// Samples per second through submit/poll/release with the no-op plug-in, and how fast a crashed slot is
// back. Usage: bench_simulate PLUGIN [SAMPLES] [SLOTS] [HOSTILE_PLUGIN]
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "../plugins/modes.hpp"
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

double cpu_of(__rusage_who who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/// CPU share of the agent, polling every millisecond, while nothing is queued.
void report_idle(simulate::SimulatorHost& host) {
  std::vector<simulate::Finished> done;
  const double cpu = cpu_of(RUSAGE_SELF);
  const auto start = Clock::now();
  while (seconds_since(start) < 3) {
    host.poll(done);
    pollfd wanted{host.wake_fd(), POLLIN, 0};
    ::poll(&wanted, 1, 1);
  }
  std::printf("idle: agent %.2f %% of a core\n", (cpu_of(RUSAGE_SELF) - cpu) / seconds_since(start) * 100);
}

/// Time from queueing a sample that crashes to the result of the good one behind it, one after the other.
void report_respawn(const char* hostile, simulate::HostOptions options) {
  options.simulator.program = std::filesystem::absolute(hostile);
  options.slots = 1;
  campaign::CampaignSpec spec = spectrum_spec();
  spec.parameters.resize(2);
  simulate::SampleInputs inputs;
  inputs.evaluate = [](SampleIndex index, std::span<double> x) {
    x[0] = static_cast<double>(index % 2 == 0 ? test::Mode::segfault : test::Mode::ok);
    x[1] = 0;
  };
  simulate::SimulatorHost host{spec, inputs, options};
  host.start();
  std::vector<double> times;
  std::vector<simulate::Finished> done;
  for (SampleIndex index = 0; index < 400; index += 2) {
    done.clear();
    const auto start = Clock::now();
    host.submit({1, 1, 0, index});
    host.submit({1, 1, 0, index + 1});
    while (done.size() < 2) {
      host.poll(done);
      pollfd wanted{host.wake_fd(), POLLIN, 0};
      ::poll(&wanted, 1, 1);
    }
    times.push_back(seconds_since(start));
    for (const auto& run : done) host.release(run.ticket);
  }
  std::sort(times.begin(), times.end());
  std::printf("crash and replacement: median %.2f ms, 95 %% below %.2f ms\n", times[times.size() / 2] * 1e3,
              times[times.size() * 95 / 100] * 1e3);
  host.stop(5);
  std::filesystem::remove_all(options.scratch_dir);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::uint64_t samples = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2'000'000;
  simulate::HostOptions options;
  options.campaign_dir = ".";
  options.simulator.program = std::filesystem::absolute(argv[1]);
  options.slots = argc > 3 ? static_cast<std::uint32_t>(std::atoi(argv[3])) : 1;
  options.scratch_dir =
      std::filesystem::temp_directory_path() / ("tranche-bench-" + std::to_string(::getpid()));
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
  const double cpu = cpu_of(RUSAGE_SELF);
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
  std::printf(
      "%llu samples, %u slots: %.3g /s, agent CPU %.2f us a sample, run wall %.2f us, run CPU %.2f us, "
      "%llu waits\n",
      static_cast<unsigned long long>(samples), options.slots, static_cast<double>(samples) / wall,
      (cpu_of(RUSAGE_SELF) - cpu) / static_cast<double>(samples) * 1e6,
      slot_wall / static_cast<double>(samples) * 1e6, slot_cpu / static_cast<double>(samples) * 1e6,
      static_cast<unsigned long long>(empty));
  report_idle(host);
  host.stop(5);
  // Of the processes themselves, whatever the slots say; load, open and the idle time are in it.
  std::printf("zygote and slots: CPU %.2f us a sample\n",
              cpu_of(RUSAGE_CHILDREN) / static_cast<double>(samples) * 1e6);
  std::filesystem::remove_all(options.scratch_dir);
  if (argc > 4) report_respawn(argv[4], options);
}
