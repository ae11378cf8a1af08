/// \file
/// Rows from the rank that has read them to those that learn with it.
/// Layer: application (trainer, pure). All collective.
#pragma once

#include <cstdint>
#include <optional>

#include "peers.hpp"
#include "training.hpp"

namespace tranche::trainer {

struct SharedSet {
  TrainingSet rows;
  TrainingSet check;
  std::uint64_t targets = 0;
};

/// Rank 0.
void send(Peers& peers, const TrainingSet& rows, const TrainingSet& check);
void send_nothing(Peers& peers);
/// The others. Nothing: there is nothing to do.
std::optional<SharedSet> receive(Peers& peers);

}  // namespace tranche::trainer
