/// \file
/// The network of a surrogate: its layers, the shapes between them, and what they compute.
/// Layer: learn (Eigen). Float32, as trained. No files, no torch. This is the plain definition that the
/// trainer, the fast runtime and every export are tested against.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tranche::learn {

/// A row is a sample.
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// gate: f(x) = (beta + (1 - beta) / (1 + exp(-alpha x))) x with an alpha and a beta for each unit or channel
/// that are learned too (Alsing et al. 2020, Spurio Mancini et al. 2022). gelu: with the Gaussian error
/// function.
enum class Activation : std::uint8_t { identity, relu, tanh, atan, gelu, silu, gate };
std::string_view to_string(Activation activation) noexcept;
/// Nothing for a word that is none.
std::optional<Activation> activation_of(std::string_view word) noexcept;

/// What flows between layers: `channels` rows of `length` numbers a sample, channel after channel. Flat: one
/// channel.
struct Shape {
  std::uint64_t channels = 1;
  std::uint64_t length = 1;
  std::uint64_t size() const noexcept { return channels * length; }
  bool operator==(const Shape&) const = default;
};

/// y = f(W x + b); flattens what comes in.
struct Linear {
  std::uint64_t width = 1;
  Activation activation = Activation::identity;
  bool operator==(const Linear&) const = default;
};

/// y = x + f(W x + b), as wide as what comes in (He et al. 2016; measured best for spectra). Flat only.
struct Residual {
  Activation activation = Activation::gelu;
  bool operator==(const Residual&) const = default;
};

/// The same numbers in another shape; channels * length must stay what it is.
struct Reshape {
  Shape shape;
  bool operator==(const Reshape&) const = default;
};

/// Along the length, stride 1, zeros beyond the ends, as long as what comes in. `kernel` is odd.
struct Conv {
  std::uint64_t channels = 1;
  std::uint64_t kernel = 3;
  Activation activation = Activation::identity;
  bool operator==(const Conv&) const = default;
};

/// Transposed convolution: `stride` times as long as what comes in. Padding (kernel - stride + 1) / 2, output
/// padding 1 if kernel - stride is odd. kernel >= stride; with stride 1, kernel is odd.
struct Transposed {
  std::uint64_t channels = 1;
  std::uint64_t kernel = 4;
  std::uint64_t stride = 2;
  Activation activation = Activation::identity;
  bool operator==(const Transposed&) const = default;
};

/// Each number `factor` times.
struct Upsample {
  std::uint64_t factor = 2;
  bool operator==(const Upsample&) const = default;
};

/// While training only: each number is left out with probability `share`.
struct Dropout {
  double share = 0;
  bool operator==(const Dropout&) const = default;
};

using Layer = std::variant<Linear, Residual, Reshape, Conv, Transposed, Upsample, Dropout>;

struct NetworkSpec {
  std::vector<Layer> layers;  ///< the last one gives the targets, flat
  bool operator==(const NetworkSpec&) const = default;
};

/// The presets of campaign.yaml; each ends in a linear layer of `targets`.
/// residual: linear `width`, `blocks` residual gelu blocks.
NetworkSpec residual_network(std::uint64_t width, std::uint64_t blocks, std::uint64_t targets);
/// mlp: `hidden` linear relu layers of `width`.
NetworkSpec mlp_network(std::uint64_t width, std::uint64_t hidden, std::uint64_t targets,
                        Activation activation = Activation::relu);
/// cnn: linear `width`, linear to 4*`channels` channels of an eighth of `targets` (rounded up), three
/// transposed convolutions (kernel 5) that each double the length, to 2*`channels`, `channels` and
/// `channels`; a convolution to one channel; a linear layer; relu between them (for the derivative target, as
/// in Begue et al. 2024).
NetworkSpec cnn_network(std::uint64_t width, std::uint64_t channels, std::uint64_t targets);

/// One line a layer, the same in campaign.yaml and in a surrogate's file:
///   linear 256 gelu | residual gelu | reshape 16 12 | conv 8 5 relu | transposed 16 5 2 relu | upsample 2 |
///   dropout 0.1
/// The activation may be left out (identity; residual: gelu). Whole numbers from 1 to 1 000 000.
std::string to_text(const Layer& layer);
std::string to_text(const NetworkSpec& network);
struct LayerFault {
  std::size_t layer = 0;  ///< 0-based
  std::string what;       ///< names the layer, and both shapes if they do not fit
};
/// Inverse of to_text for one line, or what is wrong with it.
std::variant<Layer, LayerFault> layer_from_text(const std::string& line);
/// Shape after each layer for `inputs` numbers in; or the first layer that does not fit, with both shapes.
/// The last one has to give one channel.
std::variant<std::vector<Shape>, LayerFault> shapes_of(const NetworkSpec& network, std::uint64_t inputs);

/// Sizes of a layer's weights. weight: linear, residual: out x in (in: flattened). conv: channels x (in
/// channels * kernel). transposed: in channels x (channels * kernel), as in torch. bias, gate: units or
/// channels out; gate 0: no gate. All 0 for a layer that learns nothing.
struct WeightShape {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t bias = 0;
  std::uint64_t gate = 0;
  bool operator==(const WeightShape&) const = default;
};

/// One a layer. \pre shapes_of() finds no fault
std::vector<WeightShape> weight_shapes(const NetworkSpec& network, std::uint64_t inputs);
/// Numbers that are learned.
std::uint64_t parameter_count(const NetworkSpec& network, std::uint64_t inputs);

/// Weights in place: computes.
class Network {
 public:
  struct Weights {
    Matrix weight;
    Eigen::VectorXf bias;
    Eigen::VectorXf alpha;  ///< of a gate; else empty
    Eigen::VectorXf beta;
  };

  /// weights: one a layer, empty for those that learn nothing.
  /// \throws DamageError that names the layer and both shapes if one does not fit
  Network(NetworkSpec spec, std::uint64_t inputs, std::vector<Weights> weights);

  const NetworkSpec& spec() const noexcept { return spec_; }
  const std::vector<Weights>& weights() const noexcept { return weights_; }
  std::uint64_t inputs() const noexcept { return inputs_; }
  std::uint64_t outputs() const noexcept;

  /// x: n x inputs; n x outputs.
  Matrix operator()(const Matrix& x) const;

 private:
  Matrix block(const Matrix& x) const;

  NetworkSpec spec_;
  std::uint64_t inputs_;
  std::vector<Weights> weights_;
  std::vector<Shape> shapes_;  ///< after each layer
};

}  // namespace tranche::learn
