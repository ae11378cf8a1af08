/// \file
/// The slots of one agent: isolated simulator processes behind a queue.
/// Layer: adapter (processes). One thread. Must be made before MPI_Init and before large allocations
/// (the zygote is forked in the constructor).
///
///   SimulatorHost (agent) --requests--> zygote (loaded the plug-in once) --fork--> slot processes
///   tasks and rows travel through one memfd per slot; a slot never waits for the agent while its
///   queue has tasks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tranche/base/run_record.hpp"
#include "tranche/campaign/row_codec.hpp"
#include "tranche/campaign/spec.hpp"
#include "tranche/design/sample_space.hpp"

namespace tranche::simulate {

struct HostOptions {
  std::string campaign_dir;      ///< absolute
  std::string plugin_path;       ///< absolute
  std::uint32_t slots = 1;
  std::string scratch_dir;       ///< node-local; one private directory per slot is made below it
  std::string log_path;          ///< stderr of load/open goes here as well
  std::uint32_t queue_depth = 0; ///< tasks a slot can hold; 0: from the row size
};

/// A sample to run.
struct Task {
  std::uint16_t revision = 1;
  std::uint8_t stage = 1;
  std::uint8_t attempt = 0;
  SampleIndex index = 0;
};

/// A finished run. `row` (ok only) stays valid until release().
struct Finished {
  RunRecord record;
  std::span<const std::byte> row;  ///< RowCodec row: outputs then meta
  std::uint64_t ticket = 0;        ///< for release()
};

class SimulatorHost {
 public:
  /// Forks the zygote, which loads the plug-in. \throws Failure{environment} with the loader's text
  /// (no such file, missing symbol, wrong ABI, load failed, crashed or hung).
  SimulatorHost(const campaign::CampaignSpec& spec, const design::SampleSpace& space, HostOptions options);
  ~SimulatorHost();  ///< kills what is left
  SimulatorHost(const SimulatorHost&) = delete;
  SimulatorHost& operator=(const SimulatorHost&) = delete;

  /// Starts every slot (tranche_open). \throws Failure{environment}.
  void start();
  std::uint32_t slots() const noexcept;

  /// How many more tasks can be queued now.
  std::size_t room() const noexcept;
  /// Queued and not yet finished, the running ones included.
  std::size_t in_flight() const noexcept;
  std::size_t idle_slots() const noexcept;
  /// Queues a task on the least loaded slot. Precondition: room() > 0.
  void submit(const Task& task);

  /// File descriptor that becomes readable when runs have finished or a slot has died.
  int wake_fd() const noexcept;
  /// Collects finished runs, kills slots past their deadline or memory limit, has dead ones forked
  /// again, re-queues what they had not begun. Never blocks. Appends to `out`.
  void poll(std::vector<Finished>& out);
  /// Gives a row's memory back to its slot. A slot whose rows are all held stops until one is.
  void release(std::uint64_t ticket);

  /// Takes back tasks no slot has begun; they will not run.
  std::vector<Task> withdraw();
  /// Orderly end: tranche_close in every slot, at most `limit_s`, then SIGKILL.
  void stop(double limit_s);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tranche::simulate
