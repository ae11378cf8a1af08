#include <algorithm>
#include <utility>

#include "tranche/base/errors.hpp"
#include "tranche/learn/network.hpp"

namespace tranche::learn {
namespace {

/// Numbers of one sample between two layers.
constexpr std::uint64_t most_numbers = 100'000'000;

std::string text(const Shape& shape) {
  return std::to_string(shape.channels) + " x " + std::to_string(shape.length);
}

/// A shape, or what does not fit.
using Fit = std::variant<Shape, std::string>;

Fit after(const Linear& layer, const Shape&) {
  if (layer.width == 0) return "gives no number";
  return Shape{1, layer.width};
}

Fit after(const Residual&, const Shape& in) {
  if (in.channels != 1)
    return "takes one channel, 1 x " + std::to_string(in.size()) + ", and gets " + text(in) +
           ": put `reshape 1 " + std::to_string(in.size()) + "` before it";
  return in;
}

Fit after(const Reshape& layer, const Shape& in) {
  if (layer.shape.size() == in.size()) return layer.shape;
  return "gives " + text(layer.shape) + ", " + std::to_string(layer.shape.size()) + " numbers, and gets " +
         text(in) + ", " + std::to_string(in.size()) + " numbers";
}

Fit after(const Conv& layer, const Shape& in) {
  if (layer.channels == 0) return "gives no channel";
  if (layer.kernel % 2 == 0)
    return "has a kernel of " + std::to_string(layer.kernel) + ", which has to be odd";
  return Shape{layer.channels, in.length};
}

Fit after(const Transposed& layer, const Shape& in) {
  if (layer.channels == 0) return "gives no channel";
  if (layer.stride == 0 || layer.kernel < layer.stride)
    return "has a kernel of " + std::to_string(layer.kernel) + ", smaller than its stride of " +
           std::to_string(layer.stride);
  // One number more at the end than the steps reach: only a step longer than one leaves room for it.
  if (layer.stride == 1 && layer.kernel % 2 == 0)
    return "has a kernel of " + std::to_string(layer.kernel) + ", which has to be odd with a stride of 1";
  return Shape{layer.channels, in.length * layer.stride};
}

Fit after(const Upsample& layer, const Shape& in) {
  if (layer.factor == 0) return "gives no number";
  return Shape{in.channels, in.length * layer.factor};
}

Fit after(const Dropout& layer, const Shape& in) {
  if (!(layer.share >= 0 && layer.share < 1))
    return "leaves out a share that is not at least 0 and less than 1";
  return in;
}

WeightShape weights_of(const Layer& layer, const Shape& in, const Shape& out) {
  const auto gate = [](Activation activation, std::uint64_t count) {
    return activation == Activation::gate ? count : 0;
  };
  if (const auto* linear = std::get_if<Linear>(&layer))
    return {linear->width, in.size(), linear->width, gate(linear->activation, linear->width)};
  if (const auto* residual = std::get_if<Residual>(&layer))
    return {out.size(), in.size(), out.size(), gate(residual->activation, out.size())};
  if (const auto* conv = std::get_if<Conv>(&layer))
    return {conv->channels, in.channels * conv->kernel, conv->channels,
            gate(conv->activation, conv->channels)};
  if (const auto* transposed = std::get_if<Transposed>(&layer))
    return {in.channels, transposed->channels * transposed->kernel, transposed->channels,
            gate(transposed->activation, transposed->channels)};
  return {};
}

}  // namespace

NetworkSpec residual_network(std::uint64_t width, std::uint64_t blocks, std::uint64_t targets) {
  NetworkSpec network{{Linear{width, Activation::identity}}};
  network.layers.insert(network.layers.end(), blocks, Residual{Activation::gelu});
  network.layers.emplace_back(Linear{targets, Activation::identity});
  return network;
}

NetworkSpec mlp_network(std::uint64_t width, std::uint64_t hidden, std::uint64_t targets,
                        Activation activation) {
  NetworkSpec network;
  network.layers.assign(hidden, Linear{width, activation});
  network.layers.emplace_back(Linear{targets, Activation::identity});
  return network;
}

NetworkSpec cnn_network(std::uint64_t width, std::uint64_t channels, std::uint64_t targets) {
  constexpr std::uint64_t kernel = 5;
  constexpr std::uint64_t stride = 2;
  constexpr std::uint64_t grown = 8;  // by three layers of stride 2
  const std::uint64_t first = (targets + grown - 1) / grown;
  const auto relu = Activation::relu;
  return {{Linear{width, relu}, Linear{4 * channels * first, relu}, Reshape{{4 * channels, first}},
           Transposed{2 * channels, kernel, stride, relu}, Transposed{channels, kernel, stride, relu},
           Transposed{channels, kernel, stride, relu}, Conv{1, kernel, Activation::identity},
           Linear{targets, Activation::identity}}};
}

std::variant<std::vector<Shape>, LayerFault> shapes_of(const NetworkSpec& network, std::uint64_t inputs) {
  if (network.layers.empty()) return LayerFault{0, "a network has one layer at least"};
  std::vector<Shape> shapes;
  Shape shape{1, inputs};
  const auto fault = [&](const std::string& what) {
    const auto k = std::min(shapes.size(), network.layers.size() - 1);
    return LayerFault{k, "layer " + std::to_string(k + 1) + " (" + to_text(network.layers[k]) + ") " + what};
  };
  for (const auto& layer : network.layers) {
    auto next = std::visit([&](const auto& one) { return after(one, shape); }, layer);
    if (const auto* what = std::get_if<std::string>(&next)) return fault(*what);
    shape = std::get<Shape>(next);
    if (shape.channels > most_numbers || shape.length > most_numbers || shape.size() > most_numbers)
      return fault("gives " + text(shape) + ", more than " + std::to_string(most_numbers) + " numbers");
    shapes.push_back(shape);
  }
  if (shape.channels != 1)
    return fault("is the last one and gives " + text(shape) + ", which has to be one channel, 1 x " +
                 std::to_string(shape.size()) + ": put `reshape 1 " + std::to_string(shape.size()) +
                 "` after it");
  return shapes;
}

std::vector<WeightShape> weight_shapes(const NetworkSpec& network, std::uint64_t inputs) {
  const auto found = shapes_of(network, inputs);
  const auto* shapes = std::get_if<std::vector<Shape>>(&found);
  ensure(shapes != nullptr, "weights are asked of a network whose shapes fit");
  std::vector<WeightShape> weights;
  Shape in{1, inputs};
  for (std::size_t k = 0; k < shapes->size(); ++k) {
    weights.push_back(weights_of(network.layers[k], in, (*shapes)[k]));
    in = (*shapes)[k];
  }
  return weights;
}

std::uint64_t parameter_count(const NetworkSpec& network, std::uint64_t inputs) {
  std::uint64_t count = 0;
  for (const auto& shape : weight_shapes(network, inputs))
    count += shape.rows * shape.columns + shape.bias + 2 * shape.gate;
  return count;
}

}  // namespace tranche::learn
