/// \file
/// Training of one network by gradient descent. The only header of libtorch is behind it.
/// Layer: application (trainer).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "tranche/learn/network.hpp"

namespace tranche::trainer {

struct TrainingSet {
  learn::Matrix x;  ///< n x inputs, in [-1,1]
  learn::Matrix z;  ///< n x targets
};

struct TrainingOptions {
  learn::NetworkSpec network;
  std::optional<double> cpu_s;           ///< the schedule is sized to end about then
  std::optional<std::uint64_t> epochs;   ///< or after so many
  std::uint64_t batch = 64;
  double learning_rate = 3e-3;           ///< of the schedule's top
  double weight_decay = 1e-5;
  double clip = 1;                       ///< norm of the gradient
  std::uint64_t seed = 1;
  int threads = 1;
};

struct Progress {
  double done = 0;  ///< share of the schedule
  double epoch = 0;
  double loss = 0;        ///< mean over the last part of the training
  double check_loss = 0;  ///< of the check set
  double cpu_s = 0;
};

enum class TrainingEnd : std::uint8_t { ok, diverged };

struct Trained {
  std::vector<learn::Network::Weights> weights;  ///< one a layer
  TrainingEnd end = TrainingEnd::ok;
  std::uint64_t steps = 0;
  double epochs = 0;
  double cpu_s = 0;
};

/// AdamW with a one-cycle schedule (10 % warm-up, then a cosine to zero), mean squared error.
/// Deterministic for one thread, one machine and a number of epochs. `check`: looked at now and then, never
/// learned from. \pre one of cpu_s and epochs is set; at least one row
Trained train(const TrainingSet& data, const TrainingSet& check, const TrainingOptions& options,
              const std::function<void(const Progress&)>& tell);

}  // namespace tranche::trainer
