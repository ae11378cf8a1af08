/// \file
/// A learn::NetworkSpec with weights that learn. Include it in training.cpp only: torch/torch.h is behind it.
/// Layer: application (trainer; libtorch).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "tranche/learn/network.hpp"

namespace tranche::trainer {

/// All weights lie in one tensor and all gradients in another: one call updates, sums or saves them.
class TorchNetwork {
 public:
  /// Weights as torch begins them (uniform, within 1 / sqrt(inputs of a unit)), those of the first layer twice
  /// as large. From `seed` alone.
  TorchNetwork(learn::NetworkSpec spec, std::uint64_t inputs, std::uint64_t seed, torch::Device device);

  /// x: n x inputs; n x outputs. `learning`: dropout leaves out.
  enum class Use { learning, prediction };
  torch::Tensor forward(torch::Tensor x, Use use) const;

  torch::Tensor& flat() noexcept { return flat_; }
  const torch::Tensor& flat() const noexcept { return flat_; }
  torch::Tensor& gradient() noexcept { return gradient_; }
  /// Of `flat` (as flat()): one a layer, as learn::Network takes them.
  std::vector<learn::Network::Weights> weights(const torch::Tensor& flat) const;

 private:
  struct LayerTensors {
    torch::Tensor weight;
    torch::Tensor bias;
    torch::Tensor alpha;
    torch::Tensor beta;
  };
  /// The next `sizes` numbers of `flat_`, with their gradient.
  torch::Tensor take(std::int64_t& at, std::vector<std::int64_t> sizes);
  torch::Tensor forward(std::size_t layer, const torch::Tensor& x, Use use) const;

  learn::NetworkSpec spec_;
  std::vector<learn::WeightShape> shapes_;
  std::vector<learn::Shape> inputs_of_;  ///< what comes into each layer
  torch::Tensor flat_;
  torch::Tensor gradient_;
  std::vector<LayerTensors> layers_;
};

/// Copies. Row-major float32 both ways.
torch::Tensor tensor_of(const learn::Matrix& matrix, torch::Device device);
learn::Matrix matrix_of(const torch::Tensor& tensor);

}  // namespace tranche::trainer
