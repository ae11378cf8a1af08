/// \file
/// A host with the hostile plug-in, and what a test asks of it.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "../../plugins/modes.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/simulate/foreground.hpp"
#include "tranche/simulate/simulator_host.hpp"

namespace tranche::test {

/// Everything waited for arrives within this, or the test fails. Generous: machines may be loaded.
inline constexpr double patience_s = 50;

/// Path of a test plug-in.
inline std::string test_plugin(const std::string& name) {
  return std::string{TRANCHE_TEST_PLUGIN_FOLDER} + "/lib" + name + "_plugin.so";
}

/// A directory of the test's own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("tranche-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string str() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// Two parameters (mode, value), one output of 5 float64 on an axis and one of 3, one meta number.
inline campaign::CampaignSpec hostile_spec() {
  campaign::CampaignSpec spec;
  spec.name = "hostile";
  spec.parameters.resize(2);
  spec.parameters[0].name = "mode";
  spec.parameters[1].name = "value";
  spec.axes.resize(2);
  spec.axes[0].name = "nu";
  spec.axes[0].values = {1, 2, 3, 4, 5};
  spec.axes[1].name = "t";
  spec.axes[1].values = {1, 2, 3};
  campaign::Output first;
  first.name = "first";
  first.axes = {0};
  first.size = 5;
  first.type = campaign::StoredType::float64;
  first.check_nonnegative = true;
  campaign::Output second;
  second.name = "second";
  second.axes = {1};
  second.size = 3;
  spec.outputs = {first, second};
  spec.meta = {"steps"};
  return spec;
}

/// Which sample does what; samples not listed are ok.
struct Script {
  std::map<SampleIndex, Mode> modes;
  double value = 0;

  simulate::SampleInputs inputs() const {
    simulate::SampleInputs inputs;
    inputs.evaluate = [script = *this](SampleIndex index, std::span<double> x) {
      const auto found = script.modes.find(index);
      const Mode mode = found == script.modes.end() ? Mode::ok : found->second;
      x[0] = static_cast<double>(mode);
      x[1] = mode == Mode::slow ? script.value : static_cast<double>(index);
    };
    inputs.seed_of = [](SampleIndex index) { return 1000 + index; };
    return inputs;
  }
};

/// A started host.
class HostFixture {
 public:
  explicit HostFixture(const Script& script, std::uint32_t slots = 1,
                       campaign::CampaignSpec spec = hostile_spec(), std::uint32_t depth = 0)
      : spec_{std::move(spec)}, host_{spec_, script.inputs(), options(slots, depth)} {
    host_.start();
  }

  simulate::SimulatorHost& operator*() { return host_; }
  simulate::SimulatorHost* operator->() { return &host_; }
  const campaign::CampaignSpec& spec() const { return spec_; }
  const TemporaryFolder& folder() const { return folder_; }

  /// Runs samples 0 .. count-1 and returns them by index; rows are copied, then released.
  struct Run {
    RunRecord record;
    std::vector<std::byte> row;
  };
  std::map<SampleIndex, Run> run_all(SampleIndex count) {
    std::map<SampleIndex, Run> runs;
    SampleIndex next = 0;
    wait_until([&] {
      while (next < count && host_.room() > 0) host_.submit({1, 1, 0, next++});
      collect(runs);
      return runs.size() == count;
    });
    return runs;
  }

  /// Adds what has finished; fails if a sample finishes twice.
  void collect(std::map<SampleIndex, Run>& runs) {
    std::vector<simulate::Finished> done;
    host_.poll(done);
    for (const auto& run : done) {
      const bool first =
          runs.emplace(run.record.id.index(), Run{run.record, {run.row.begin(), run.row.end()}}).second;
      REQUIRE(first);
      host_.release(run.ticket);
    }
  }

  /// Polls `condition` until it holds.
  void wait_until(const std::function<bool()>& condition) {
    const auto start = std::chrono::steady_clock::now();
    while (!condition()) {
      const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
      if (waited.count() > patience_s) FAIL("waited too long");
      pollfd wanted{host_.wake_fd(), POLLIN, 0};
      ::poll(&wanted, 1, 1);
    }
  }

  RunRecord run_mode() { return simulate::run_one(host_, spec_, {1, 1, 0, 0}).record; }

 private:
  simulate::HostOptions options(std::uint32_t slots, std::uint32_t depth) const {
    simulate::HostOptions options;
    options.campaign_dir = folder_.str();
    options.simulator.program = test_plugin("hostile");
    options.slots = slots;
    options.scratch_dir = folder_.str() + "/scratch";
    options.queue_depth = depth;
    return options;
  }

  TemporaryFolder folder_;
  campaign::CampaignSpec spec_;
  simulate::SimulatorHost host_;
};

}  // namespace tranche::test
