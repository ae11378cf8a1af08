/// \file
/// Layers with their weights packed for some kernels.
/// Layer: surrogate (private). Rows are samples, flat, channel after channel, as in learn::Network.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <variant>
#include <vector>

#include "aligned_floats.hpp"
#include "kernels.hpp"
#include "tranche/learn/network.hpp"

namespace tranche::surrogate {

/// A matrix and what is added to its product, as Kernels::linear wants them.
struct Packed {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t blocks = 0;
  AlignedFloats weights;
  AlignedFloats bias;
};

/// weight: outputs x inputs.
Packed pack(const Kernels& kernels, const Eigen::Ref<const learn::Matrix>& weight,
            const Eigen::Ref<const Eigen::VectorXf>& bias);

/// y = f(W x + b), or x + f(W x + b).
struct FastLinear {
  Packed packed;
  Function function = Function::identity;
  bool residual = false;
  AlignedFloats alpha;
  AlignedFloats beta;
};

/// Convolution of either kind, one sample at a time: channels last, so that a window is one run of numbers.
/// Transposed: an ordinary convolution for each of the `stride` phases of the output.
struct FastConv {
  struct Phase {
    Packed packed;
    std::ptrdiff_t first = 0;  ///< where the window of the first output begins, in positions
  };
  std::size_t channels_in = 1;
  std::size_t length_in = 1;
  std::size_t channels_out = 1;
  std::size_t before = 0;  ///< zeros put around the input, in positions
  std::size_t after = 0;
  std::vector<Phase> phases;
  Function function = Function::identity;
  AlignedFloats alpha;
  AlignedFloats beta;
};

struct FastUpsample {
  std::size_t count = 1;  ///< numbers in
  std::size_t factor = 1;
};

using FastLayer = std::variant<FastLinear, FastConv, FastUpsample>;

/// Those that compute anything. `last`: leave out the last one (which the caller has folded into what
/// follows).
enum class Last : std::uint8_t { kept, left_out };
std::vector<FastLayer> fast_layers(const Kernels& kernels, const learn::Network& network, Last last);

/// Numbers a row may need room for, and a sample of a convolution, its input and its output channels last.
std::size_t row_room(const Kernels& kernels, const FastLayer& layer);
struct ConvRoom {
  std::size_t input = 0;
  std::size_t output = 0;
};
ConvRoom conv_room(const Kernels& kernels, const FastLayer& layer);

/// x, y: rows x stride, y apart from x. windows, results: of conv_room().
struct LayerCall {
  const Kernels& kernels;
  const float* x;
  float* y;
  std::size_t stride;
  std::size_t rows;
  float* windows;
  float* results;
};
void compute(const FastLayer& layer, const LayerCall& call);

}  // namespace tranche::surrogate
