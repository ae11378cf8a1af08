#include "torch_network.hpp"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <utility>

#include "torch_values.hpp"

namespace tranche::trainer {
namespace {

using learn::Activation;

/// Wider than torch's own: a network that begins nearly as a polynomial of its inputs finds no way downhill
/// where a polynomial has been taken off.
constexpr double first_layer = 2;

std::int64_t size(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::int64_t numbers(const learn::WeightShape& shape) {
  return size(shape.rows * shape.columns + shape.bias + 2 * shape.gate);
}

torch::Tensor gate(const torch::Tensor& x, const torch::Tensor& alpha, const torch::Tensor& beta) {
  const bool channels = x.dim() == 3;
  const auto a = channels ? alpha.unsqueeze(1) : alpha;
  const auto b = channels ? beta.unsqueeze(1) : beta;
  return (b + torch::sigmoid(a * x) * (1 - b)) * x;
}

torch::Tensor flattened(const torch::Tensor& x) {
  return x.dim() == 2 ? x : x.reshape({x.size(0), -1});
}

/// n x channels x length, whatever it came as.
torch::Tensor in_channels(const torch::Tensor& x, const learn::Shape& shape) {
  return x.reshape({x.size(0), size(shape.channels), size(shape.length)});
}

/// Numbers that come into one unit: what decides how large its weights begin.
std::uint64_t fan_in(const learn::Layer& layer, const learn::WeightShape& shape) {
  if (const auto* transposed = std::get_if<learn::Transposed>(&layer))
    return transposed->channels * transposed->kernel;  // torch's own choice
  return shape.columns;
}

}  // namespace

torch::Tensor tensor_of(const learn::Matrix& matrix, torch::Device device) {
  // from_blob does not own, and takes no const: the copy made here does.
  auto view =
      torch::from_blob(const_cast<float*>(matrix.data()), {matrix.rows(), matrix.cols()}, torch::kFloat32);
  return view.clone().to(device);
}

learn::Matrix matrix_of(const torch::Tensor& tensor) {
  const auto plain = tensor.detach().to(torch::kCPU).contiguous();
  return Eigen::Map<const learn::Matrix>(plain.data_ptr<float>(), plain.size(0), plain.size(1));
}

TorchNetwork::TorchNetwork(learn::NetworkSpec spec, std::uint64_t inputs, std::uint64_t seed,
                           torch::Device device)
    : spec_{std::move(spec)}, shapes_{learn::weight_shapes(spec_, inputs)} {
  const auto outputs = std::get<std::vector<learn::Shape>>(learn::shapes_of(spec_, inputs));
  inputs_of_.push_back({1, inputs});
  inputs_of_.insert(inputs_of_.end(), outputs.begin(), outputs.end() - 1);
  std::int64_t total = 0;
  for (const auto& shape : shapes_) total += numbers(shape);
  auto begin = torch::empty({total}, torch::kFloat32);
  auto random = at::detail::createCPUGenerator(seed);
  std::int64_t at = 0;
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    const auto& shape = shapes_[k];
    const auto plain = size(shape.rows * shape.columns + shape.bias);
    if (plain == 0) continue;
    const double unit = 1 / std::sqrt(static_cast<double>(fan_in(spec_.layers[k], shape)));
    const double bound = k == 0 ? first_layer * unit : unit;
    begin.narrow(0, at, plain).uniform_(-bound, bound, random);
    at += plain;
    if (shape.gate > 0) begin.narrow(0, at, 2 * size(shape.gate)).normal_(0, 1, random);
    at += 2 * size(shape.gate);
  }
  flat_ = begin.to(device);
  gradient_ = torch::zeros_like(flat_);
  at = 0;
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    const auto& shape = shapes_[k];
    LayerTensors tensors;
    if (shape.bias > 0) {
      tensors.weight = take(at, {size(shape.rows), size(shape.columns)});
      tensors.bias = take(at, {size(shape.bias)});
    }
    if (shape.gate > 0) {
      tensors.alpha = take(at, {size(shape.gate)});
      tensors.beta = take(at, {size(shape.gate)});
    }
    layers_.push_back(std::move(tensors));
  }
}

torch::Tensor TorchNetwork::take(std::int64_t& at, std::vector<std::int64_t> sizes) {
  std::int64_t count = 1;
  for (const auto each : sizes) count *= each;
  auto tensor = flat_.narrow(0, at, count).view(sizes).detach();
  tensor.requires_grad_(true);
  tensor.mutable_grad() = gradient_.narrow(0, at, count).view(sizes);
  at += count;
  return tensor;
}

torch::Tensor TorchNetwork::forward(torch::Tensor x, Use use) const {
  for (std::size_t k = 0; k < layers_.size(); ++k) x = forward(k, x, use);
  return flattened(x);
}

torch::Tensor TorchNetwork::forward(std::size_t layer, const torch::Tensor& x, Use use) const {
  const auto& own = layers_[layer];
  const auto& in = inputs_of_[layer];
  const auto activate = [&own](Activation activation, const torch::Tensor& values) {
    switch (activation) {
      case Activation::identity:
        break;
      case Activation::relu:
        return torch::relu(values);
      case Activation::tanh:
        return torch::tanh(values);
      case Activation::atan:
        return torch::atan(values);
      case Activation::gelu:
        return torch::gelu(values);
      case Activation::silu:
        return torch::silu(values);
      case Activation::gate:
        return gate(values, own.alpha, own.beta);
    }
    return values;
  };
  struct Visitor {
    const LayerTensors& own;
    const learn::Shape& in;
    const torch::Tensor& x;
    Use use;
    const decltype(activate)& f;

    torch::Tensor operator()(const learn::Linear& it) const {
      return f(it.activation, torch::linear(flattened(x), own.weight, own.bias));
    }
    torch::Tensor operator()(const learn::Residual& it) const {
      // One channel is a row of numbers, too: a gate would take it for channels.
      const auto row = flattened(x);
      return row + f(it.activation, torch::linear(row, own.weight, own.bias));
    }
    torch::Tensor operator()(const learn::Reshape& it) const { return in_channels(x, it.shape); }
    torch::Tensor operator()(const learn::Conv& it) const {
      const auto kernel = own.weight.view({size(it.channels), size(in.channels), size(it.kernel)});
      return f(it.activation, torch::conv1d(in_channels(x, in), kernel, own.bias, 1, size(it.kernel / 2)));
    }
    torch::Tensor operator()(const learn::Transposed& it) const {
      const auto kernel = own.weight.view({size(in.channels), size(it.channels), size(it.kernel)});
      const auto padding = size((it.kernel - it.stride + 1) / 2);
      const auto rest = size((it.kernel - it.stride) % 2);
      return f(it.activation,
               torch::conv_transpose1d(in_channels(x, in), kernel, own.bias, size(it.stride), padding, rest));
    }
    torch::Tensor operator()(const learn::Upsample& it) const {
      return in_channels(x, in).repeat_interleave(size(it.factor), 2);
    }
    torch::Tensor operator()(const learn::Dropout& it) const {
      return torch::dropout(x, it.share, use == Use::learning);
    }
  };
  return std::visit(Visitor{own, in, x, use, activate}, spec_.layers[layer]);
}

std::vector<learn::Network::Weights> TorchNetwork::weights(const torch::Tensor& flat) const {
  const auto plain = flat.detach().to(torch::kCPU).contiguous();
  const float* at = plain.data_ptr<float>();
  const auto vector = [&at](std::uint64_t count) {
    Eigen::VectorXf values = Eigen::Map<const Eigen::VectorXf>(at, size(count));
    at += count;
    return values;
  };
  std::vector<learn::Network::Weights> all;
  for (const auto& shape : shapes_) {
    learn::Network::Weights one;
    one.weight = Eigen::Map<const learn::Matrix>(at, size(shape.rows), size(shape.columns));
    at += shape.rows * shape.columns;
    one.bias = vector(shape.bias);
    one.alpha = vector(shape.gate);
    one.beta = vector(shape.gate);
    all.push_back(std::move(one));
  }
  return all;
}

FirstValues first_values(const learn::NetworkSpec& spec, const learn::Matrix& x, std::uint64_t seed) {
  const torch::NoGradGuard guard;
  const TorchNetwork network{spec, static_cast<std::uint64_t>(x.cols()), seed, torch::kCPU};
  const auto y = network.forward(tensor_of(x, torch::kCPU), TorchNetwork::Use::prediction);
  return {network.weights(network.flat()), matrix_of(y)};
}

}  // namespace tranche::trainer
