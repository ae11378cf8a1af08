/// \file
/// Simulators that are commands: a program is started for each run.
/// Layer: adapter (simulate).
///
///   slot: render -> spawner: start, wait -> slot: judge exit code, read results
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command_plan.hpp"
#include "run_folder.hpp"
#include "shared_area.hpp"
#include "simulator.hpp"
#include "spawner.hpp"
#include "task_settings.hpp"
#include "tranche/readout/fault.hpp"

namespace tranche::simulate {

class CommandSimulator : public Simulator {
 public:
  /// Reads templates and finds the launcher. \throws Failure{environment}
  explicit CommandSimulator(const Setup& setup);

  bool inside_slot() const override { return false; }
  std::optional<std::string> open(std::uint32_t slot) override;
  Outcome run(const Sample& sample, const Results& results, SlotUpkeep& upkeep) override;
  void keep(const TaskEntry& task, const Captured& said) override;
  void clear() override;
  void close() override { spawner_.reset(); }

 private:
  /// One start of the program: those that a failure rule asks for belong to the same run.
  struct Attempt {
    std::uint32_t number = 0;  ///< from 0
    std::vector<campaign::Setting> settings;
    ProgramFigures used;  ///< by all attempts so far
    std::uint64_t began_ns = 0;
  };
  Outcome attempt(const Sample& sample, const Results& results, Attempt& state);
  void prepare(std::span<const deck::Value> values, const Attempt& state);
  SpawnOrder order(const Sample& sample, std::span<const deck::Value> values, const Attempt& state) const;
  Outcome judge(const SpawnEnd& end, const Results& results, std::span<const deck::Value> values,
                std::uint32_t retries) const;
  Outcome guarded(const Sample& sample, const Results& results, Attempt& state);
  std::optional<readout::Fault> read_results(const Results& results, std::span<const deck::Value> values,
                                             std::uint32_t retries) const;
  const campaign::FailureRule* rule_for(const Outcome& outcome) const;
  const std::string& directory() const noexcept {
    return plan_.private_directory() ? folder_.path() : slot_directory_;
  }
  void clear_slot_directory() const;

  const Setup& setup_;
  CommandPlan plan_;
  TaskSettings settings_;
  SpawnOrder last_;  ///< of the last run
  std::string spawn_program_;
  SlotHeader* header_ = nullptr;
  mutable std::vector<std::byte> scratch_row_;  ///< outputs as stored, when only their checks are wanted
  std::string slot_directory_;
  RunFolder folder_{""};
  FileDescriptor out_;
  FileDescriptor err_;
  std::optional<Spawner> spawner_;
};

}  // namespace tranche::simulate
