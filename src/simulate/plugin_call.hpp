/// \file
/// One call of tranche_eval: its inputs, its output arrays, and what its end means.
/// Layer: adapter (simulate). In slots only.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "output_arena.hpp"
#include "plugin.hpp"
#include "setup.hpp"
#include "slot_upkeep.hpp"
#include "tranche/base/sample_state.hpp"

namespace tranche::simulate {

/// How a run ended, before it is written to shared memory.
struct Outcome {
  SampleState state = SampleState::ok;
  std::string reason;
  std::string message;
  bool replace = false;  ///< the process is not fit for another sample
};

class PluginCall {
 public:
  /// `rundir` must outlive it.
  PluginCall(const Setup& setup, const Plugin& plugin, std::size_t inputs, const std::string& rundir);

  /// Computes the inputs of a sample and calls tranche_eval. `state`: of tranche_open.
  Outcome run(const TaskEntry& entry, void* state, SlotUpkeep& upkeep);
  /// Makes the outcome a crash if the sample wrote next to an output.
  void check_outputs(Outcome& outcome) const;

  const OutputArena& outputs() const noexcept { return outputs_; }
  std::span<const double> meta() const noexcept { return meta_; }

 private:
  void prepare(const TaskEntry& entry);
  Outcome eval(const TaskEntry& entry, void* state, SlotUpkeep& upkeep);
  Outcome judge(int code) const;
  Outcome said(SampleState state, const char* fallback) const;

  const Setup& setup_;
  const Plugin& plugin_;
  const std::string& rundir_;
  OutputArena outputs_;
  std::vector<double> x_;
  std::vector<double> meta_;
  tranche_result said_{};
  double deadline_s_;
};

}  // namespace tranche::simulate
