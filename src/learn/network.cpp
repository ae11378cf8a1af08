#include "tranche/learn/network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <utility>

namespace tranche::learn {
namespace {

constexpr std::array activation_names{
    std::pair{Activation::identity, std::string_view{"identity"}},
    std::pair{Activation::relu, std::string_view{"relu"}},
    std::pair{Activation::tanh, std::string_view{"tanh"}},
    std::pair{Activation::atan, std::string_view{"atan"}},
    std::pair{Activation::gelu, std::string_view{"gelu"}},
    std::pair{Activation::silu, std::string_view{"silu"}},
};

std::string shape_text(std::uint64_t rows, std::uint64_t columns) {
  return std::to_string(rows) + " x " + std::to_string(columns);
}

/// Gauss error function, as GELU needs it; Eigen has none that is vectorised in every version.
void gelu(Matrix& values) {
  constexpr float half_root = 0.70710678118654752F;
  values = values.unaryExpr([](float x) { return 0.5F * x * (1 + std::erf(x * half_root)); });
}

Layer layer_from(const std::string& line) {
  std::istringstream words{line};
  std::string kind;
  std::string activation = "identity";
  if (words >> kind && kind == "dense") {
    std::uint64_t width = 0;
    if (words >> width && width > 0) {
      words >> activation;
      if (const auto known = activation_of(activation)) return Dense{width, *known};
    }
  } else if (kind == "residual" && words >> activation) {
    if (const auto known = activation_of(activation)) return Residual{*known};
  }
  throw DamageError{"`" + line + "` is no layer this tranche knows", "use the version that wrote it"};
}

}  // namespace

std::string_view to_string(Activation activation) noexcept {
  return activation_names[static_cast<std::size_t>(activation)].second;
}

std::optional<Activation> activation_of(std::string_view word) noexcept {
  const auto found = std::ranges::find(activation_names, word, [](const auto& pair) { return pair.second; });
  if (found == activation_names.end()) return std::nullopt;
  return found->first;
}

NetworkSpec residual_network(std::uint64_t width, std::uint64_t blocks, std::uint64_t targets) {
  NetworkSpec network{{Dense{width, Activation::identity}}};
  network.layers.insert(network.layers.end(), blocks, Residual{Activation::gelu});
  network.layers.emplace_back(Dense{targets, Activation::identity});
  return network;
}

NetworkSpec mlp_network(std::uint64_t width, std::uint64_t hidden, std::uint64_t targets,
                        Activation activation) {
  NetworkSpec network;
  network.layers.assign(hidden, Dense{width, activation});
  network.layers.emplace_back(Dense{targets, Activation::identity});
  return network;
}

std::vector<WeightShape> weight_shapes(const NetworkSpec& network, std::uint64_t inputs) {
  std::vector<WeightShape> shapes;
  for (const auto& layer : network.layers) {
    const auto* dense = std::get_if<Dense>(&layer);
    const auto width = dense != nullptr ? dense->width : inputs;
    shapes.push_back({width, inputs});
    inputs = width;
  }
  return shapes;
}

std::uint64_t parameter_count(const NetworkSpec& network, std::uint64_t inputs) {
  std::uint64_t count = 0;
  for (const auto& shape : weight_shapes(network, inputs)) count += shape.rows * (shape.columns + 1);
  return count;
}

std::string to_text(const Layer& layer) {
  if (const auto* dense = std::get_if<Dense>(&layer))
    return "dense " + std::to_string(dense->width) + ' ' + std::string{to_string(dense->activation)};
  return "residual " + std::string{to_string(std::get<Residual>(layer).activation)};
}

std::string to_text(const NetworkSpec& network) {
  std::string text;
  for (const auto& layer : network.layers) text += to_text(layer) + '\n';
  return text;
}

NetworkSpec network_from_text(const std::string& text) {
  NetworkSpec network;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) network.layers.push_back(layer_from(line));
  return network;
}

Network::Network(NetworkSpec spec, std::uint64_t inputs, std::vector<Weights> weights)
    : spec_{std::move(spec)}, inputs_{inputs}, weights_{std::move(weights)} {
  const auto shapes = weight_shapes(spec_, inputs_);
  if (shapes.size() != weights_.size() || shapes.empty())
    throw DamageError{"a network of " + std::to_string(shapes.size()) + " layers has weights for " +
                          std::to_string(weights_.size()),
                      ""};
  for (std::size_t k = 0; k < shapes.size(); ++k) {
    const auto rows = static_cast<std::uint64_t>(weights_[k].weight.rows());
    const auto columns = static_cast<std::uint64_t>(weights_[k].weight.cols());
    if (rows == shapes[k].rows && columns == shapes[k].columns &&
        static_cast<std::uint64_t>(weights_[k].bias.size()) == rows)
      continue;
    throw DamageError{"layer " + std::to_string(k + 1) + " (" + to_text(spec_.layers[k]) +
                          ") needs weights of " + shape_text(shapes[k].rows, shapes[k].columns) +
                          ", and has " + shape_text(rows, columns),
                      ""};
  }
}

std::uint64_t Network::outputs() const noexcept {
  return static_cast<std::uint64_t>(weights_.back().weight.rows());
}

Matrix Network::operator()(const Matrix& x) const {
  Matrix values = x;
  for (std::size_t k = 0; k < weights_.size(); ++k) {
    Matrix next = values * weights_[k].weight.transpose();
    next.rowwise() += weights_[k].bias.transpose();
    const auto* dense = std::get_if<Dense>(&spec_.layers[k]);
    apply(dense != nullptr ? dense->activation : std::get<Residual>(spec_.layers[k]).activation, next);
    if (dense == nullptr) next += values;
    values = std::move(next);
  }
  return values;
}

void apply(Activation activation, Matrix& values) {
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
      return gelu(values);
    case Activation::silu:
      each = each / (1 + (-each).exp());
      return;
  }
}

}  // namespace tranche::learn
