/// \file
/// The network of a surrogate: its layers, the shapes between them, and what they compute.
/// Layer: learn (Eigen). Float32, as trained. No files, no torch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <Eigen/Core>

#include "tranche/base/errors.hpp"

namespace tranche::learn {

/// A row is a sample.
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

enum class Activation : std::uint8_t { identity, relu, tanh, atan, gelu, silu };
std::string_view to_string(Activation activation) noexcept;
/// Nothing for a word that is none.
std::optional<Activation> activation_of(std::string_view word) noexcept;

/// y = f(W x + b).
struct Dense {
  std::uint64_t width = 1;
  Activation activation = Activation::identity;
  bool operator==(const Dense&) const = default;
};

/// y = x + f(W x + b), as wide as what comes in (He et al. 2016; measured best for spectra).
struct Residual {
  Activation activation = Activation::gelu;
  bool operator==(const Residual&) const = default;
};

using Layer = std::variant<Dense, Residual>;

struct NetworkSpec {
  std::vector<Layer> layers;  ///< the last one gives the targets
  bool operator==(const NetworkSpec&) const = default;
};

/// Blocks of `width` between a first and a last dense layer.
NetworkSpec residual_network(std::uint64_t width, std::uint64_t blocks, std::uint64_t targets);
/// Dense layers of `width` and a last one.
NetworkSpec mlp_network(std::uint64_t width, std::uint64_t hidden, std::uint64_t targets,
                        Activation activation = Activation::relu);

/// Rows and columns of a layer's weight; the bias has as many elements as rows.
struct WeightShape {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
};

/// One a layer, for `inputs` numbers in.
std::vector<WeightShape> weight_shapes(const NetworkSpec& network, std::uint64_t inputs);
std::uint64_t parameter_count(const NetworkSpec& network, std::uint64_t inputs);

/// As YAML words: `dense 256`, `residual gelu`, ...
std::string to_text(const Layer& layer);
/// Inverse of to_text, line by line. \throws DamageError at a line that is none
NetworkSpec network_from_text(const std::string& text);
std::string to_text(const NetworkSpec& network);

/// Weights in place: computes.
class Network {
 public:
  struct Weights {
    Matrix weight;  ///< rows x columns of weight_shapes()
    Eigen::VectorXf bias;
  };

  /// \throws DamageError that names the layer and both shapes if one does not fit
  Network(NetworkSpec spec, std::uint64_t inputs, std::vector<Weights> weights);

  const NetworkSpec& spec() const noexcept { return spec_; }
  const std::vector<Weights>& weights() const noexcept { return weights_; }
  std::uint64_t inputs() const noexcept { return inputs_; }
  std::uint64_t outputs() const noexcept;

  /// x: n x inputs; n x outputs.
  Matrix operator()(const Matrix& x) const;

 private:
  NetworkSpec spec_;
  std::uint64_t inputs_;
  std::vector<Weights> weights_;
};

/// f, element by element; float32 with a vectorised exponential (within 2 ulp of expf).
void apply(Activation activation, Matrix& values);

}  // namespace tranche::learn
