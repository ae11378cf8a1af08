/// \file
/// One run in a slot: its inputs, its output arrays, and what its end means.
/// Layer: adapter (simulate). In slots only.
#pragma once

#include <span>
#include <vector>

#include "output_arena.hpp"
#include "simulator.hpp"

namespace tranche::simulate {

class SampleCall {
 public:
  SampleCall(const Setup& setup, Simulator& simulator);

  /// Computes the inputs of a sample and runs the simulator on them.
  Outcome run(const TaskEntry& entry, SlotUpkeep& upkeep);
  /// Makes the outcome a crash if the sample wrote next to an output.
  void check_outputs(Outcome& outcome) const;

  const OutputArena& outputs() const noexcept { return outputs_; }
  std::span<const double> meta() const noexcept { return meta_; }

 private:
  Outcome eval(const TaskEntry& entry, SlotUpkeep& upkeep);

  const Setup& setup_;
  Simulator& simulator_;
  OutputArena outputs_;
  std::vector<double> x_;
  std::vector<double> meta_;
};

}  // namespace tranche::simulate
