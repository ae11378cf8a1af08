/// \file
/// One step of AdamW (Loshchilov & Hutter 2019) over all weights at once.
/// Layer: application (trainer, pure). As torch::optim::AdamW computes it, in one pass instead of a dozen a
/// layer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tranche::trainer {

struct AdamwOptions {
  double weight_decay = 1e-5;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// Sum of squares, in float32 lanes: the same for the same numbers.
double squared_norm(std::span<const float> values) noexcept;

/// gradient is multiplied by `scale` first (clipping). step: from 1. All spans are equally long.
void adamw_step(const AdamwOptions& options, double learning_rate, double scale, std::uint64_t step,
                std::span<float> weights, std::span<const float> gradient, std::span<float> mean,
                std::span<float> square) noexcept;

}  // namespace tranche::trainer
