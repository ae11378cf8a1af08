/// \file
/// A kind of user code, as the zygote loads it and slots run it.
/// Layer: adapter (simulate).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "setup.hpp"
#include "slot_upkeep.hpp"
#include "tranche/base/sample_state.hpp"

namespace tranche::simulate {

/// What is known of the program that was one run.
struct ProgramFigures {
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;  ///< that ended it; 0: none
  double cpu_s = 0;         ///< user + system
  std::int64_t max_rss_kb = 0;
};

/// How a run ended, before it is written to shared memory.
struct Outcome {
  SampleState state = SampleState::ok;
  std::string reason;
  std::string message;
  bool replace = false;                                  ///< the process is not fit for another sample
  std::optional<ProgramFigures> program = std::nullopt;  ///< counts instead of the slot's own figures
};

/// What one run is given.
struct Sample {
  const TaskEntry& task;  ///< its timeout_s, if above 0, goes before the campaign's
  std::uint64_t seed = 0;
  std::span<const double> x;  ///< parameters, constants, derived, in declared order
};

/// Where its numbers go: NaN before the run.
struct Results {
  std::span<double* const> outputs;  ///< one array an output, in declared order, as long as the output
  std::span<double> meta;            ///< in declared order
};

/// What was captured of a run's output; what it said on stderr begins at `err_mark`.
struct Captured {
  int out = -1;
  int err = -1;
  std::uint64_t err_mark = 0;
};

/// Loaded once in the zygote; each slot works on the copy that fork() made of it.
class Simulator {
 public:
  Simulator() = default;
  virtual ~Simulator() = default;
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// False: it runs as a program of its own, and the slot's process needs no looking after.
  virtual bool inside_slot() const { return true; }
  /// In a slot, before its first sample, in its private directory. Says why it cannot, if so.
  virtual std::optional<std::string> open(std::uint32_t slot) = 0;
  /// One run. An exception is the sample's failure.
  virtual Outcome run(const Sample& sample, const Results& results, SlotUpkeep& upkeep) = 0;
  /// The last run's traces are wanted (keep_evidence.hpp).
  virtual void keep(const TaskEntry& task, const Captured& said) = 0;
  /// The last run is recorded, and its time taken: what it left may go.
  virtual void clear() {}
  /// After the slot's last sample.
  virtual void close() = 0;
};

/// In the zygote: what the campaign asks for, ready for fork(). \throws Failure{environment} with the text of
/// the loader or of the user's code
std::unique_ptr<Simulator> load_simulator(const Setup& setup);

/// For messages: `plug-in /place/libx.so`, `command ./code -x`, `worker ...`, `Python function m:f`.
std::string simulator_name(const Setup& setup);

}  // namespace tranche::simulate
