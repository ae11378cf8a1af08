#include "fast_layers.hpp"

#include <algorithm>
#include <utility>

namespace tranche::surrogate {
namespace {

using learn::Shape;
using Weights = learn::Network::Weights;

Function function_of(learn::Activation activation) {
  switch (activation) {
    case learn::Activation::identity:
      return Function::identity;
    case learn::Activation::relu:
      return Function::relu;
    case learn::Activation::tanh:
      return Function::tanh;
    case learn::Activation::atan:
      return Function::atan;
    case learn::Activation::gelu:
      return Function::gelu;
    case learn::Activation::silu:
      return Function::silu;
    case learn::Activation::gate:
      break;
  }
  return Function::gate;
}

AlignedFloats padded(const Eigen::VectorXf& values, std::size_t room) {
  AlignedFloats copy{std::max(room, static_cast<std::size_t>(values.size()))};
  std::copy(values.begin(), values.end(), copy.get());
  return copy;
}

std::size_t padded_outputs(const Kernels& kernels, std::size_t outputs) {
  return (outputs + kernels.block - 1) / kernels.block * kernels.block;
}

FastLinear fast(const Kernels& kernels, const Weights& weights, learn::Activation activation, bool residual) {
  FastLinear layer{pack(kernels, weights.weight, weights.bias), function_of(activation), residual, {}, {}};
  const auto room = layer.packed.blocks * kernels.block;
  layer.alpha = padded(weights.alpha, room);
  layer.beta = padded(weights.beta, room);
  return layer;
}

/// One phase of the output: its taps, in the order of the input positions they look at. place(channel out,
/// channel in, tap): where its weight stands.
template <class Place>
Packed pack_phase(const Kernels& kernels, const FastConv& layer, const Weights& weights, std::size_t taps,
                  Place place) {
  learn::Matrix matrix(static_cast<Eigen::Index>(layer.channels_out),
                       static_cast<Eigen::Index>(taps * layer.channels_in));
  for (std::size_t out = 0; out < layer.channels_out; ++out)
    for (std::size_t tap = 0; tap < taps; ++tap)
      for (std::size_t in = 0; in < layer.channels_in; ++in)
        matrix(static_cast<Eigen::Index>(out), static_cast<Eigen::Index>(tap * layer.channels_in + in)) =
            place(static_cast<Eigen::Index>(out), static_cast<Eigen::Index>(in),
                  static_cast<Eigen::Index>(tap));
  return pack(kernels, matrix, weights.bias);
}

FastConv conv_frame(const Kernels& kernels, const Weights& weights, Shape in, std::uint64_t channels,
                    learn::Activation activation) {
  FastConv layer;
  layer.channels_in = in.channels;
  layer.length_in = in.length;
  layer.channels_out = channels;
  layer.function = function_of(activation);
  layer.alpha = padded(weights.alpha, padded_outputs(kernels, channels));
  layer.beta = padded(weights.beta, padded_outputs(kernels, channels));
  return layer;
}

FastConv fast(const Kernels& kernels, const Weights& weights, Shape in, const learn::Conv& conv) {
  auto layer = conv_frame(kernels, weights, in, conv.channels, conv.activation);
  const auto kernel = static_cast<Eigen::Index>(conv.kernel);
  layer.before = layer.after = conv.kernel / 2;
  layer.phases.push_back(
      {pack_phase(kernels, layer, weights, conv.kernel,
                  [&](auto to, auto from, auto tap) { return weights.weight(to, from * kernel + tap); }),
       -static_cast<std::ptrdiff_t>(conv.kernel / 2)});
  return layer;
}

/// out[q * stride + phase] = sum over taps j of w[tap0 + j * stride] in[q + base - j].
FastConv fast(const Kernels& kernels, const Weights& weights, Shape in, const learn::Transposed& conv) {
  auto layer = conv_frame(kernels, weights, in, conv.channels, conv.activation);
  const auto padding = (conv.kernel - conv.stride + 1) / 2;
  const auto kernel = static_cast<Eigen::Index>(conv.kernel);
  const auto stride = static_cast<Eigen::Index>(conv.stride);
  for (std::uint64_t phase = 0; phase < conv.stride; ++phase) {
    const auto tap0 = static_cast<Eigen::Index>((phase + padding) % conv.stride);
    const auto base = static_cast<std::ptrdiff_t>((phase + padding) / conv.stride);
    const auto taps = (kernel - tap0 + stride - 1) / stride;
    const auto place = [&](auto to, auto from, auto tap) {
      return weights.weight(from, to * kernel + tap0 + (taps - 1 - tap) * stride);
    };
    layer.phases.push_back(
        {pack_phase(kernels, layer, weights, static_cast<std::size_t>(taps), place), base - taps + 1});
    const auto first = layer.phases.back().first;
    layer.before = std::max(layer.before, static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, -first)));
    layer.after = std::max(layer.after, static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, base)));
  }
  return layer;
}

void compute(const FastLinear& layer, const LayerCall& call) {
  const auto& packed = layer.packed;
  call.kernels.linear({call.x, call.stride, call.rows, packed.weights.get(), packed.bias.get(), packed.inputs,
                       packed.blocks, call.y, call.stride});
  call.kernels.activate({layer.function, call.y, call.stride, call.rows, packed.blocks * call.kernels.block,
                         layer.residual ? call.x : nullptr, call.stride, layer.alpha.get(),
                         layer.beta.get()});
}

void compute(const FastConv& layer, const LayerCall& call) {
  const auto phases = layer.phases.size();
  const auto wide = layer.phases.front().packed.blocks * call.kernels.block;
  const auto size = (layer.before + layer.length_in + layer.after) * layer.channels_in;
  std::fill_n(call.windows, size, 0.0F);
  for (std::size_t row = 0; row < call.rows; ++row) {
    const float* x = call.x + row * call.stride;
    float* y = call.y + row * call.stride;
    for (std::size_t channel = 0; channel < layer.channels_in; ++channel)
      for (std::size_t at = 0; at < layer.length_in; ++at)
        call.windows[(layer.before + at) * layer.channels_in + channel] = x[channel * layer.length_in + at];
    for (std::size_t phase = 0; phase < phases; ++phase) {
      const auto& [packed, first] = layer.phases[phase];
      const auto begin = (static_cast<std::ptrdiff_t>(layer.before) + first) *
                         static_cast<std::ptrdiff_t>(layer.channels_in);
      call.kernels.linear({call.windows + begin, layer.channels_in, layer.length_in, packed.weights.get(),
                           packed.bias.get(), packed.inputs, packed.blocks, call.results, wide});
      call.kernels.activate({layer.function, call.results, wide, layer.length_in, wide, nullptr, 0,
                             layer.alpha.get(), layer.beta.get()});
      for (std::size_t channel = 0; channel < layer.channels_out; ++channel)
        for (std::size_t at = 0; at < layer.length_in; ++at)
          y[(channel * layer.length_in + at) * phases + phase] = call.results[at * wide + channel];
    }
  }
}

void compute(const FastUpsample& layer, const LayerCall& call) {
  for (std::size_t row = 0; row < call.rows; ++row)
    for (std::size_t at = 0; at < layer.count; ++at)
      std::fill_n(call.y + row * call.stride + at * layer.factor, layer.factor,
                  call.x[row * call.stride + at]);
}

std::size_t outputs_of(const Kernels& kernels, const FastLinear& layer) {
  return layer.packed.blocks * kernels.block;
}

std::size_t outputs_of(const Kernels& /*kernels*/, const FastConv& layer) {
  return layer.channels_out * layer.length_in * layer.phases.size();
}

std::size_t outputs_of(const Kernels& /*kernels*/, const FastUpsample& layer) {
  return layer.count * layer.factor;
}

}  // namespace

Packed pack(const Kernels& kernels, const Eigen::Ref<const learn::Matrix>& weight,
            const Eigen::Ref<const Eigen::VectorXf>& bias) {
  Packed packed;
  packed.inputs = static_cast<std::size_t>(weight.cols());
  packed.outputs = static_cast<std::size_t>(weight.rows());
  const auto block = kernels.block;
  packed.blocks = (packed.outputs + block - 1) / block;
  packed.weights = AlignedFloats{packed.blocks * block * packed.inputs};
  packed.bias = AlignedFloats{packed.blocks * block};
  for (std::size_t out = 0; out < packed.outputs; ++out) {
    packed.bias.get()[out] = bias[static_cast<Eigen::Index>(out)];
    for (std::size_t in = 0; in < packed.inputs; ++in)
      packed.weights.get()[(out / block * packed.inputs + in) * block + out % block] =
          weight(static_cast<Eigen::Index>(out), static_cast<Eigen::Index>(in));
  }
  return packed;
}

std::vector<FastLayer> fast_layers(const Kernels& kernels, const learn::Network& network, Last last) {
  std::vector<FastLayer> list;
  const auto& layers = network.spec().layers;
  const auto shapes = std::get<std::vector<Shape>>(learn::shapes_of(network.spec(), network.inputs()));
  Shape in{1, network.inputs()};
  for (std::size_t k = 0; k + (last == Last::left_out ? 1 : 0) < layers.size(); ++k) {
    const auto& weights = network.weights()[k];
    if (const auto* one = std::get_if<learn::Linear>(&layers[k]))
      list.emplace_back(fast(kernels, weights, one->activation, false));
    else if (const auto* block = std::get_if<learn::Residual>(&layers[k]))
      list.emplace_back(fast(kernels, weights, block->activation, true));
    else if (const auto* conv = std::get_if<learn::Conv>(&layers[k]))
      list.emplace_back(fast(kernels, weights, in, *conv));
    else if (const auto* transposed = std::get_if<learn::Transposed>(&layers[k]))
      list.emplace_back(fast(kernels, weights, in, *transposed));
    else if (const auto* upsample = std::get_if<learn::Upsample>(&layers[k]))
      list.emplace_back(FastUpsample{in.size(), upsample->factor});
    in = shapes[k];
  }
  return list;
}

std::size_t row_room(const Kernels& kernels, const FastLayer& layer) {
  return std::visit([&](const auto& one) { return outputs_of(kernels, one); }, layer);
}

ConvRoom conv_room(const Kernels& kernels, const FastLayer& layer) {
  const auto* conv = std::get_if<FastConv>(&layer);
  if (conv == nullptr) return {};
  return {(conv->before + conv->length_in + conv->after) * conv->channels_in,
          conv->length_in * conv->phases.front().packed.blocks * kernels.block};
}

void compute(const FastLayer& layer, const LayerCall& call) {
  std::visit([&](const auto& one) { compute(one, call); }, layer);
}

}  // namespace tranche::surrogate
