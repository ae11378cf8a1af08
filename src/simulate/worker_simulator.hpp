/// \file
/// Simulators that are workers (docs/formats/worker.md): one process a slot, started with the slot.
/// Layer: adapter (simulate).
///
/// A worker that dies or loses its place in the stream costs the sample it was asked for; the slot leaves
/// with it, and the next one starts a new worker before it takes a sample.
#pragma once

#include <optional>
#include <string>

#include "simulator.hpp"
#include "worker_accounts.hpp"
#include "worker_process.hpp"

namespace tranche::simulate {

/// What a worker says on stderr, from a mark on.
class Overheard {
 public:
  explicit Overheard(const std::string& path);
  int fd() const noexcept { return fd_.get(); }
  /// From here on.
  void mark() noexcept;
  std::string with_last_words(const std::string& text) const;

 private:
  FileDescriptor fd_;
  std::uint64_t mark_ = 0;
};

class WorkerSimulator : public Simulator {
 public:
  explicit WorkerSimulator(const Setup& setup) : setup_{setup}, shape_{setup.spec} {}

  bool inside_slot() const override { return false; }
  std::optional<std::string> open(std::uint32_t slot) override;
  Outcome run(const Sample& sample, const Results& results, SlotUpkeep& upkeep) override;
  void keep(const TaskEntry& task, const Captured& said) override;
  void close() override;

 private:
  std::optional<std::string> greet(std::uint32_t slot);
  void limit_memory() const;
  Outcome ask(const WorkerTask& task, const AnswerArrays& arrays);

  const Setup& setup_;
  AnswerShape shape_;
  std::uint32_t slot_ = 0;
  SlotHeader* header_ = nullptr;  ///< of the opened slot
  std::optional<Overheard> errors_;
  std::optional<WorkerProcess> worker_;
  std::optional<WorkerAccounts> accounts_;
};

}  // namespace tranche::simulate
