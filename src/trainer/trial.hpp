/// \file
/// One trial of a model: from the campaign's store to a surrogate and its accuracy.
/// Layer: application (trainer).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>

#include "peers.hpp"
#include "tranche/learn/trial.hpp"

namespace tranche::trainer {

struct TrialJob {
  std::filesystem::path model;  ///< folder with trials.json
  std::uint64_t trial = 0;
  std::optional<std::filesystem::path>
      campaign;                                 ///< whose store is read; nothing: two folders above the model
  std::optional<std::filesystem::path> result;  ///< where a copy of result.json goes
  std::optional<std::uint64_t>
      memory_bytes;  ///< for the rows; nothing: 4 GB or half of what the machine has free
  Peers* peers = nullptr;
  std::function<bool()> stop;  ///< whether a signal asks for the end
};

/// Exit code of a trial that cannot be used; a campaign takes it for a bad point.
inline constexpr int unusable = 65;

/// Leaves trials/<trial>/{surrogate.h5, history.jsonl, result.json}; goes on from a checkpoint there. What is
/// finished is not done again. Collective if there are peers. Returns 0, 4 (stopped, checkpoint written) or
/// `unusable`, having said why on `err`. \throws Failure, ConfigError
int run_trial(const TrialJob& job, std::ostream& err);

}  // namespace tranche::trainer
