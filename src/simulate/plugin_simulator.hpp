/// \file
/// Simulators that are shared libraries (C ABI 1): tranche_eval is called inside the slot's process.
/// Layer: adapter (simulate).
#pragma once

#include <string>

#include "plugin.hpp"
#include "simulator.hpp"

namespace tranche::simulate {

class PluginSimulator : public Simulator {
 public:
  /// Loads the library and calls tranche_load. \throws Failure{environment}
  explicit PluginSimulator(const Setup& setup);

  std::optional<std::string> open(std::uint32_t slot) override;
  Outcome run(const Sample& sample, const Results& results, SlotUpkeep& upkeep) override;
  void keep(const TaskEntry& task, const Captured& said) override;
  void close() override;

 private:
  Outcome judge(int code) const;
  Outcome said(SampleState state, const char* fallback) const;

  const Setup& setup_;
  Plugin plugin_;
  PluginInfo info_;
  void* shared_ = nullptr;  ///< from tranche_load
  void* state_ = nullptr;   ///< from tranche_open
  const char* rundir_ = nullptr;
  double deadline_s_;
  tranche_result said_{};
};

}  // namespace tranche::simulate
