/// \file
/// The slots of one agent: isolated simulator processes behind a queue.
/// Layer: adapter (processes). One thread, which must outlive the host: its end is the slots' end. Must be
/// made before MPI_Init and before large allocations (the zygote is forked in the constructor).
///
///   SimulatorHost (agent) --starts--> zygote (loads the plug-in once) --fork--> slot processes
///   tasks and rows travel through shared memory; a slot never waits for the agent while its queue has
///   tasks. Deadlines, memory limits and replacements are the zygote's: they hold while the agent is
///   busy elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tranche/base/run_record.hpp"
#include "tranche/campaign/row_codec.hpp"
#include "tranche/campaign/spec.hpp"
#include "tranche/simulate/simulator_files.hpp"

namespace tranche::simulate {

/// From a design index to what the simulator is given. Called in the slots, on copies made by fork.
struct SampleInputs {
  /// Fills parameters, constants, derived, in declared order. An exception ends that run as `failed`.
  std::function<void(SampleIndex, std::span<double>)> evaluate;
  /// Seed of a sample's random numbers.
  std::function<std::uint64_t(SampleIndex)> seed_of;
};

/// Of which runs of a command the directory is kept in the scratch (evidence.hpp).
enum class Keep : std::uint8_t { failed, all };

struct HostOptions {
  std::string campaign_dir;  ///< absolute
  SimulatorFiles simulator;  ///< see find_simulator()
  std::uint32_t slots = 1;
  std::string scratch_dir;  ///< node-local, made if missing; one private directory per slot below it
  std::string log_path;     ///< output of load and open is appended; empty: scratch_dir/load.log
  std::uint32_t queue_depth =
      0;  ///< tasks a slot can hold, rounded down to a power of two; 0: from the row size
  Keep keep = Keep::failed;
  double load_limit_s = 120;  ///< for tranche_load, and for each tranche_open
  double fork_limit_s = 60;   ///< a machine that has no process or memory for a slot is asked so long
};

/// A sample to run.
struct Task {
  std::uint16_t revision = 1;
  std::uint8_t stage = 1;
  std::uint8_t attempt = 0;
  SampleIndex index = 0;
  double timeout_s = 0;    ///< wall time limit of this run; 0: the campaign's
  std::uint64_t with = 0;  ///< from SimulatorHost::settings(); 0: none
};

/// A run that has begun and not ended.
struct Running {
  Task task;
  std::uint16_t slot = 0;
  double elapsed_s = 0;
};

/// A finished run. `row` (ok only) stays valid until release().
struct Finished {
  RunRecord record;
  std::span<const std::byte> row;  ///< RowCodec row: outputs then meta
  std::uint64_t ticket = 0;        ///< for release(); needs none, and 0, unless ok
};

class SimulatorHost {
 public:
  /// Forks the zygote, which loads the plug-in. \throws Failure{environment} with the loader's text
  /// (no such file, missing symbol, wrong ABI, load failed, crashed or hung).
  SimulatorHost(const campaign::CampaignSpec& spec, SampleInputs inputs, HostOptions options);
  ~SimulatorHost();  ///< kills what is left
  SimulatorHost(const SimulatorHost&) = delete;
  SimulatorHost& operator=(const SimulatorHost&) = delete;

  /// Starts every slot (tranche_open) and waits for them. \throws Failure{environment}.
  void start();
  std::uint32_t slots() const noexcept;
  std::uint32_t queue_depth() const noexcept;
  /// Absolute.
  const std::string& scratch_dir() const noexcept;

  /// How many more tasks can be queued now: free rows of all slots.
  std::size_t room() const noexcept;
  /// Queued and not yet handed out by poll(), the running ones included.
  std::size_t in_flight() const noexcept;
  /// Slots without a task, as of the last poll().
  std::size_t idle_slots() const noexcept;
  /// A number for tasks that have other values of constants: `dt=0.5` (campaign/settings.hpp); 0 for none.
  /// Commands only. \throws IoError
  std::uint64_t settings(const std::string& text);
  /// Queues a task on the least loaded slot, which sees it at once, or with the next poll() if it has
  /// plenty to do. Precondition: room() > 0.
  void submit(const Task& task);

  /// Becomes readable when there is something to collect or the zygote has something to say, provided
  /// that the last poll() appended nothing; tasks may have been submitted since. It may then be waited for
  /// without limit: no wake-up is lost. After a poll() that did append, poll again first. Runs under 50 us
  /// are announced in groups: when half of what was queued (at most 128) is done, when a slot has no more
  /// tasks, and otherwise within about 10 ms. May be readable for nothing.
  int wake_fd() const noexcept;
  /// Appends finished runs to `out`; moves waiting tasks from a loaded slot to an idle one. Never blocks.
  /// \throws Failure{environment} if a slot cannot be opened or forked any more or the zygote has died.
  void poll(std::vector<Finished>& out);
  /// Gives a row's memory back to its slot. A slot whose rows are all held gets no tasks until one is.
  void release(std::uint64_t ticket);

  /// What runs now, as of the last poll(), and for how long.
  std::vector<Running> running() const;
  /// Takes back tasks no slot has begun; they will not run.
  std::vector<Task> withdraw();
  /// Orderly end: each slot finishes its sample and calls tranche_close, at most `limit_s`, then SIGKILL.
  /// Results up to then can still be polled; tasks not begun never run.
  void stop(double limit_s);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tranche::simulate
