#include "network_nodes.hpp"

namespace tranche::exchange {
namespace {

using learn::Activation;
using learn::Shape;
using Weights = learn::Network::Weights;

std::int64_t size(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

/// The numbers that flow at a place of the graph: [samples, length] if flat, else [samples, channels,
/// length].
struct Flow {
  Value value;
  bool flat = true;
  Shape shape;
};

Value reshaped(Graph& graph, const Value& value, std::vector<std::int64_t> sizes) {
  sizes.insert(sizes.begin(), 0);  // as many samples as there are
  return graph.node("Reshape", {value, graph.integers(sizes)});
}

Flow flattened(Graph& graph, Flow flow) {
  if (!flow.flat) flow.value = reshaped(graph, flow.value, {size(flow.shape.size())});
  return {flow.value, true, {1, flow.shape.size()}};
}

Flow in_channels(Graph& graph, Flow flow) {
  if (flow.flat)
    flow.value = reshaped(graph, flow.value, {size(flow.shape.channels), size(flow.shape.length)});
  flow.flat = false;
  return flow;
}

Value gelu(Graph& graph, const Value& x) {
  const auto erf = graph.node("Erf", {graph.node("Mul", {x, graph.scalar(0.70710678118654752F)})});
  const auto share = graph.node("Mul", {graph.node("Add", {erf, graph.scalar(1.0F)}), graph.scalar(0.5F)});
  return graph.node("Mul", {x, share});
}

/// One alpha and beta for each unit of a flat row, or for each channel.
Value gate(Graph& graph, const Weights& weights, const Flow& flow) {
  std::vector<std::int64_t> sizes{weights.alpha.size()};
  if (!flow.flat) sizes.push_back(1);
  const Eigen::VectorXf rest = 1 - weights.beta.array();
  const auto sigmoid =
      graph.node("Sigmoid", {graph.node("Mul", {flow.value, graph.floats(weights.alpha, sizes)})});
  const auto open = graph.node("Mul", {sigmoid, graph.floats(rest, sizes)});
  return graph.node("Mul", {flow.value, graph.node("Add", {open, graph.floats(weights.beta, sizes)})});
}

Value activated(Graph& graph, Activation activation, const Weights& weights, const Flow& flow) {
  switch (activation) {
    case Activation::identity:
      break;
    case Activation::relu:
      return graph.node("Relu", {flow.value});
    case Activation::tanh:
      return graph.node("Tanh", {flow.value});
    case Activation::atan:
      return graph.node("Atan", {flow.value});
    case Activation::gelu:
      return gelu(graph, flow.value);
    case Activation::silu:
      return graph.node("Mul", {flow.value, graph.node("Sigmoid", {flow.value})});
    case Activation::gate:
      return gate(graph, weights, flow);
  }
  return flow.value;
}

Value affine(Graph& graph, const Weights& weights, const Value& x) {
  const auto weight = graph.floats({weights.weight.rows(), weights.weight.cols()}, weights.weight.data());
  const auto y = graph.node("Gemm", {x, weight, graph.floats(weights.bias, {weights.bias.size()})});
  graph.attribute("transB", 1);
  return y;
}

Flow after(Graph& graph, const learn::Linear& layer, const Weights& weights, const Flow& flow) {
  Flow next{affine(graph, weights, flattened(graph, flow).value), true, {1, layer.width}};
  next.value = activated(graph, layer.activation, weights, next);
  return next;
}

Flow after(Graph& graph, const learn::Residual& layer, const Weights& weights, const Flow& flow) {
  const auto in = flattened(graph, flow);
  Flow next{affine(graph, weights, in.value), true, in.shape};
  next.value = graph.node("Add", {in.value, activated(graph, layer.activation, weights, next)});
  return next;
}

Flow after(Graph& graph, const learn::Reshape& layer, const Weights&, const Flow& flow) {
  return {flattened(graph, flow).value, true, layer.shape};
}

Flow after(Graph& graph, const learn::Conv& layer, const Weights& weights, const Flow& flow) {
  const auto in = in_channels(graph, flow);
  const auto weight = graph.floats({size(layer.channels), size(in.shape.channels), size(layer.kernel)},
                                   weights.weight.data());
  Flow next{graph.node("Conv", {in.value, weight, graph.floats(weights.bias, {weights.bias.size()})}),
            false,
            {layer.channels, in.shape.length}};
  graph.attribute("kernel_shape", std::vector{size(layer.kernel)});
  graph.attribute("pads", std::vector{size(layer.kernel / 2), size(layer.kernel / 2)});
  next.value = activated(graph, layer.activation, weights, next);
  return next;
}

Flow after(Graph& graph, const learn::Transposed& layer, const Weights& weights, const Flow& flow) {
  const auto in = in_channels(graph, flow);
  const auto weight = graph.floats({size(in.shape.channels), size(layer.channels), size(layer.kernel)},
                                   weights.weight.data());
  Flow next{
      graph.node("ConvTranspose", {in.value, weight, graph.floats(weights.bias, {weights.bias.size()})}),
      false,
      {layer.channels, in.shape.length * layer.stride}};
  const auto padding = size((layer.kernel - layer.stride + 1) / 2);
  graph.attribute("kernel_shape", std::vector{size(layer.kernel)});
  graph.attribute("strides", std::vector{size(layer.stride)});
  graph.attribute("pads", std::vector{padding, padding});
  graph.attribute("output_padding", std::vector{size((layer.kernel - layer.stride) % 2)});
  next.value = activated(graph, layer.activation, weights, next);
  return next;
}

/// A dimension more, as long as the factor, and one less again.
Flow after(Graph& graph, const learn::Upsample& layer, const Weights&, const Flow& flow) {
  const auto channels = size(flow.shape.channels);
  const auto length = size(flow.shape.length);
  const auto split = reshaped(graph, flow.value, {channels, length, 1});
  const auto tiled = graph.node("Tile", {split, graph.integers({1, 1, 1, size(layer.factor)})});
  return {reshaped(graph, tiled, {channels, length * size(layer.factor)}),
          false,
          {flow.shape.channels, flow.shape.length * layer.factor}};
}

Flow after(Graph&, const learn::Dropout&, const Weights&, const Flow& flow) {
  return flow;
}

}  // namespace

Value add_network(Graph& graph, const learn::Network& network, const Value& x) {
  Flow flow{x, true, {1, network.inputs()}};
  for (std::size_t k = 0; k < network.spec().layers.size(); ++k)
    flow = std::visit([&](const auto& layer) { return after(graph, layer, network.weights()[k], flow); },
                      network.spec().layers[k]);
  return flattened(graph, flow).value;
}

}  // namespace tranche::exchange
