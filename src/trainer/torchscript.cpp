#include "torchscript.hpp"

#include <torch/script.h>
#include <unistd.h>

#include <cmath>
#include <system_error>

#include "torchscript_source.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::trainer {
namespace {

using torch::jit::Module;

std::int64_t size(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

torch::Tensor doubles(const Eigen::MatrixXd& matrix) {
  auto tensor = torch::empty({matrix.rows(), matrix.cols()}, torch::kFloat64);
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Map<RowMajor>{tensor.data_ptr<double>(), matrix.rows(), matrix.cols()} = matrix;
  return tensor;
}

torch::Tensor floats(const float* data, std::vector<std::int64_t> sizes) {
  return torch::from_blob(const_cast<float*>(data), sizes, torch::kFloat32).clone();
}

void add_inputs(Module& module, const std::vector<surrogate::Input>& inputs) {
  std::vector<double> lo, hi, begin, factor, offset;
  c10::List<std::string> names, units;
  auto logarithmic = torch::empty({size(inputs.size())}, torch::kBool);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const auto& input = inputs[k];
    const bool log = input.scale == surrogate::Input::Scale::log;
    const double from = log ? std::log(input.lo) : input.lo;
    const double to = log ? std::log(input.hi) : input.hi;
    logarithmic[size(k)] = log;
    lo.push_back(input.lo);
    hi.push_back(input.hi);
    begin.push_back(from);
    factor.push_back(to > from ? 2 / (to - from) : 0);
    offset.push_back(to > from ? -1 : 0);
    names.push_back(input.name);
    units.push_back(input.unit);
  }
  module.register_buffer("logarithmic", logarithmic);
  module.register_buffer("lo", torch::tensor(lo, torch::kFloat64));
  module.register_buffer("hi", torch::tensor(hi, torch::kFloat64));
  module.register_buffer("begin", torch::tensor(begin, torch::kFloat64));
  module.register_buffer("factor", torch::tensor(factor, torch::kFloat64));
  module.register_buffer("offset", torch::tensor(offset, torch::kFloat64));
  module.register_attribute("inputs", c10::ListType::ofStrings(), names);
  module.register_attribute("units", c10::ListType::ofStrings(), units);
}

void add_output(Module& module, const surrogate::Surrogate& model) {
  module.register_attribute("output", c10::StringType::get(), model.output);
  module.register_attribute("output_unit", c10::StringType::get(), model.output_unit);
  module.register_attribute("log10", c10::BoolType::get(), model.log10);
  for (std::size_t k = 0; k < model.axes.size(); ++k)
    module.register_buffer("axis" + std::to_string(k), torch::tensor(model.axes[k].values, torch::kFloat64));
}

/// In the shape that torch's function for the layer takes.
std::vector<std::int64_t> weight_sizes(const learn::Layer& layer, const learn::Network::Weights& weights) {
  const std::int64_t rows = weights.weight.rows();
  const std::int64_t columns = weights.weight.cols();
  if (const auto* conv = std::get_if<learn::Conv>(&layer))
    return {rows, columns / size(conv->kernel), size(conv->kernel)};
  if (const auto* transposed = std::get_if<learn::Transposed>(&layer))
    return {rows, size(transposed->channels), size(transposed->kernel)};
  return {rows, columns};
}

void add_layer(Module& module, std::size_t member, std::size_t k, const learn::Layer& layer,
               const learn::Network::Weights& weights) {
  if (weights.bias.size() == 0) return;
  const auto add = [&](const char* kind, const float* data, std::vector<std::int64_t> sizes) {
    module.register_buffer(tensor_name(member, kind, k), floats(data, std::move(sizes)));
  };
  const auto sizes = weight_sizes(layer, weights);
  add("weight", weights.weight.data(), sizes);
  add("bias", weights.bias.data(), {weights.bias.size()});
  if (weights.alpha.size() == 0) return;
  // One for each channel of n x channels x length.
  std::vector<std::int64_t> gate{weights.alpha.size()};
  if (sizes.size() == 3) gate.push_back(1);
  add("alpha", weights.alpha.data(), gate);
  add("beta", weights.beta.data(), gate);
}

void add_member(Module& module, std::size_t k, const surrogate::Member& member, std::uint64_t inputs) {
  const auto name = "m" + std::to_string(k);
  const auto& targets = member.targets;
  module.register_buffer(name + "_decoder", doubles(targets.decoder()));
  module.register_buffer(name + "_mean", doubles(targets.mean));
  if (targets.coefficients.rows() > 0) {
    module.register_buffer(name + "_coefficients", doubles(targets.coefficients));
    const auto factors = monomial_factors(targets.baseline, inputs);
    module.register_buffer(name + "_powers", torch::tensor(factors, torch::kInt64).view({-1, 3}));
  }
  const auto& weights = member.network.weights();
  for (std::size_t layer = 0; layer < weights.size(); ++layer)
    add_layer(module, k, layer, member.network.spec().layers[layer], weights[layer]);
}

}  // namespace

void write_torchscript(const surrogate::Surrogate& model, const std::filesystem::path& path) {
  Module module{"Surrogate"};
  add_inputs(module, model.inputs);
  add_output(module, model);
  for (std::size_t k = 0; k < model.members.size(); ++k)
    add_member(module, k, model.members[k], model.inputs.size());
  module.define(torchscript_source(model));
  const std::filesystem::path temporary = path.string() + "." + std::to_string(::getpid()) + ".new";
  try {
    module.save(temporary.string());
  } catch (const c10::Error& error) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw IoError{"write " + path.string() + ": " + error.what_without_backtrace()};
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) throw IoError{"rename " + temporary.string() + ": " + error.message()};
}

}  // namespace tranche::trainer
