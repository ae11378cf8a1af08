#include "tranche/learn/network.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tranche/base/errors.hpp"

namespace tranche::learn {
namespace {

using Channels = Eigen::Map<const Matrix>;
using Weights = Network::Weights;

/// Rows computed at a time: what lies between the layers stays small however many samples come.
constexpr Eigen::Index block_rows = 512;

Eigen::Index index(std::uint64_t value) {
  return static_cast<Eigen::Index>(value);
}

float gelu(float x) {
  constexpr float half_root = 0.70710678118654752F;
  return 0.5F * x * (1 + std::erf(x * half_root));
}

/// Of the `channel`th of equal parts of each row; a linear layer has as many parts as numbers.
void gate(const Weights& weights, Matrix& values) {
  const auto length = values.cols() / weights.alpha.size();
  for (Eigen::Index channel = 0; channel < weights.alpha.size(); ++channel) {
    const float alpha = weights.alpha[channel];
    const float beta = weights.beta[channel];
    auto part = values.middleCols(channel * length, length);
    part =
        part.unaryExpr([=](float x) { return (beta + (1 - beta) / (1 + std::exp(-alpha * x))) * x; }).eval();
  }
}

void apply(Activation activation, const Weights& weights, Matrix& values) {
  auto each = values.array();
  switch (activation) {
    case Activation::identity:
      return;
    case Activation::relu:
      each = each.max(0.0F);
      return;
    case Activation::tanh:
      each = each.tanh();
      return;
    case Activation::atan:
      each = each.atan();
      return;
    case Activation::gelu:
      each = each.unaryExpr(&gelu);
      return;
    case Activation::silu:
      each = each / (1 + (-each).exp());
      return;
    case Activation::gate:
      return gate(weights, values);
  }
}

Matrix affine(const Matrix& x, const Weights& weights) {
  Matrix y = x * weights.weight.transpose();
  y.rowwise() += weights.bias.transpose();
  return y;
}

/// Row channel * kernel + k, column l: x[channel][l + k - kernel / 2], zero beyond the ends.
Matrix windows(const Channels& x, Eigen::Index kernel) {
  const Eigen::Index length = x.cols();
  Matrix all = Matrix::Zero(x.rows() * kernel, length);
  for (Eigen::Index k = 0; k < kernel; ++k) {
    const Eigen::Index shift = k - kernel / 2;
    const Eigen::Index count = length - std::abs(shift);
    if (count <= 0) continue;
    for (Eigen::Index channel = 0; channel < x.rows(); ++channel)
      all.row(channel * kernel + k).segment(std::max<Eigen::Index>(0, -shift), count) =
          x.row(channel).segment(std::max<Eigen::Index>(0, shift), count);
  }
  return all;
}

Matrix compute(const Linear& layer, const Weights& weights, const Shape&, const Matrix& x) {
  Matrix y = affine(x, weights);
  apply(layer.activation, weights, y);
  return y;
}

Matrix compute(const Residual& layer, const Weights& weights, const Shape&, const Matrix& x) {
  Matrix y = affine(x, weights);
  apply(layer.activation, weights, y);
  return x + y;
}

Matrix compute(const Reshape&, const Weights&, const Shape&, const Matrix& x) {
  return x;  // rows hold channel after channel, whatever their number
}

Matrix compute(const Conv& layer, const Weights& weights, const Shape& in, const Matrix& x) {
  Matrix y(x.rows(), index(layer.channels * in.length));
  for (Eigen::Index row = 0; row < x.rows(); ++row) {
    const Channels channels{x.row(row).data(), index(in.channels), index(in.length)};
    Eigen::Map<Matrix> out{y.row(row).data(), index(layer.channels), index(in.length)};
    out.noalias() = weights.weight * windows(channels, index(layer.kernel));
    out.colwise() += weights.bias;
  }
  apply(layer.activation, weights, y);
  return y;
}

/// y[c][l * stride - padding + k] += sum over the channels b that come in of x[b][l] w[b][c * kernel + k].
Matrix compute(const Transposed& layer, const Weights& weights, const Shape& in, const Matrix& x) {
  const Eigen::Index kernel = index(layer.kernel);
  const Eigen::Index stride = index(layer.stride);
  const Eigen::Index padding = (kernel - stride + 1) / 2;
  const Eigen::Index length = index(in.length) * stride;
  Matrix y(x.rows(), index(layer.channels) * length);
  for (Eigen::Index row = 0; row < x.rows(); ++row) {
    const Channels channels{x.row(row).data(), index(in.channels), index(in.length)};
    const Matrix shares = weights.weight.transpose() * channels;  // channels out * kernel x length
    Eigen::Map<Matrix> out{y.row(row).data(), index(layer.channels), length};
    out.colwise() = weights.bias;
    for (Eigen::Index from = 0; from < shares.rows(); ++from)
      for (Eigen::Index l = 0; l < shares.cols(); ++l) {
        const Eigen::Index at = l * stride - padding + from % kernel;
        if (at >= 0 && at < length) out(from / kernel, at) += shares(from, l);
      }
  }
  apply(layer.activation, weights, y);
  return y;
}

Matrix compute(const Upsample& layer, const Weights&, const Shape&, const Matrix& x) {
  const Eigen::Index factor = index(layer.factor);
  Matrix y(x.rows(), x.cols() * factor);
  for (Eigen::Index column = 0; column < y.cols(); ++column) y.col(column) = x.col(column / factor);
  return y;
}

Matrix compute(const Dropout&, const Weights&, const Shape&, const Matrix& x) {
  return x;
}

std::string shape_text(std::uint64_t rows, std::uint64_t columns) {
  return std::to_string(rows) + " x " + std::to_string(columns);
}

/// All sizes of a layer's weights in words.
std::string text(const WeightShape& shape) {
  std::string words = shape_text(shape.rows, shape.columns) + " and " + std::to_string(shape.bias);
  if (shape.gate > 0) words += " and twice " + std::to_string(shape.gate);
  return words;
}

WeightShape shape_of(const Weights& weights) {
  const auto size = [](Eigen::Index value) { return static_cast<std::uint64_t>(value); };
  return {size(weights.weight.rows()), size(weights.weight.cols()), size(weights.bias.size()),
          size(weights.alpha.size())};
}

void check(const NetworkSpec& spec, std::size_t layer, const Weights& weights, const WeightShape& needed) {
  const auto found = shape_of(weights);
  const std::string name = "layer " + std::to_string(layer + 1) + " (" + to_text(spec.layers[layer]) + ")";
  if (found != needed)
    throw DamageError{name + " needs weights of " + text(needed) + ", and has " + text(found)};
  if (weights.alpha.size() != weights.beta.size())
    throw DamageError{name + " has a gate with " + std::to_string(weights.alpha.size()) + " alpha and " +
                      std::to_string(weights.beta.size()) + " beta"};
}

}  // namespace

Network::Network(NetworkSpec spec, std::uint64_t inputs, std::vector<Weights> weights)
    : spec_{std::move(spec)}, inputs_{inputs}, weights_{std::move(weights)} {
  auto found = shapes_of(spec_, inputs_);
  if (const auto* fault = std::get_if<LayerFault>(&found)) throw DamageError{fault->what};
  shapes_ = std::get<std::vector<Shape>>(std::move(found));
  const auto needed = weight_shapes(spec_, inputs_);
  if (needed.size() != weights_.size())
    throw DamageError{"a network of " + std::to_string(needed.size()) + " layers has weights for " +
                      std::to_string(weights_.size())};
  for (std::size_t k = 0; k < needed.size(); ++k) check(spec_, k, weights_[k], needed[k]);
}

std::uint64_t Network::outputs() const noexcept {
  return shapes_.back().size();
}

Matrix Network::block(const Matrix& x) const {
  Matrix values = x;
  Shape shape{1, inputs_};
  for (std::size_t k = 0; k < weights_.size(); ++k) {
    values = std::visit([&](const auto& layer) { return compute(layer, weights_[k], shape, values); },
                        spec_.layers[k]);
    shape = shapes_[k];
  }
  return values;
}

Matrix Network::operator()(const Matrix& x) const {
  ensure(static_cast<std::uint64_t>(x.cols()) == inputs_, "a row has as many numbers as the network takes");
  Matrix y(x.rows(), index(outputs()));
  for (Eigen::Index begin = 0; begin < x.rows(); begin += block_rows) {
    const auto count = std::min(block_rows, x.rows() - begin);
    y.middleRows(begin, count) = block(x.middleRows(begin, count));
  }
  return y;
}

}  // namespace tranche::learn
