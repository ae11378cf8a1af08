#include "support/random_surrogate.hpp"

#include <Eigen/QR>
#include <cmath>
#include <random>
#include <stdexcept>
#include <utility>

namespace tranche::test {
namespace {

using Random = std::mt19937_64;

/// The same on every machine, which std::normal_distribution is not. Evenly in [-1,1[.
double even(Random& random) {
  return 2 * (static_cast<double>(random() >> 11) * 0x1p-53) - 1;
}

Eigen::MatrixXd matrix(Random& random, Eigen::Index rows, Eigen::Index columns, double size) {
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return size * even(random); });
}

std::vector<surrogate::Input> inputs(std::uint64_t count) {
  using Scale = surrogate::Input::Scale;
  std::vector<surrogate::Input> list{
      {"delta", "1", Scale::linear, 3, 50},   {"R", "cm", Scale::log, 1e15, 1e18},
      {"B", "gauss", Scale::log, 1e-3, 1e2},  {"L_e", "erg s-1", Scale::log, 1e42, 1e48},
      {"gamma_min", "1", Scale::log, 1, 1e5}, {"gamma_max", "1", Scale::log, 1e2, 1e8},
      {"p", "1", Scale::linear, 1, 5}};
  list.resize(std::min<std::size_t>(list.size(), count));
  while (list.size() < count) list.push_back({"p" + std::to_string(list.size()), "1", Scale::linear, -1, 1});
  return list;
}

learn::NetworkSpec network(const RandomSurrogate& wish, std::uint64_t targets) {
  learn::NetworkSpec spec;
  auto lines = wish.layers;
  lines.push_back("linear " + std::to_string(targets));
  for (const auto& line : lines) {
    auto layer = learn::layer_from_text(line);
    if (const auto* fault = std::get_if<learn::LayerFault>(&layer)) throw std::runtime_error{fault->what};
    spec.layers.push_back(std::get<learn::Layer>(layer));
  }
  const auto shapes = learn::shapes_of(spec, wish.inputs);
  if (const auto* fault = std::get_if<learn::LayerFault>(&shapes)) throw std::runtime_error{fault->what};
  return spec;
}

learn::Network with_weights(Random& random, learn::NetworkSpec spec, std::uint64_t inputs) {
  std::vector<learn::Network::Weights> weights;
  for (const auto& shape : learn::weight_shapes(spec, inputs)) {
    const auto rows = static_cast<Eigen::Index>(shape.rows);
    const auto columns = static_cast<Eigen::Index>(shape.columns);
    const auto gate = static_cast<Eigen::Index>(shape.gate);
    const double size = columns > 0 ? std::sqrt(3.0 / static_cast<double>(columns)) : 0;
    learn::Network::Weights layer;
    layer.weight = matrix(random, rows, columns, size).cast<float>();
    layer.bias = matrix(random, static_cast<Eigen::Index>(shape.bias), 1, 0.1).cast<float>();
    layer.alpha = (matrix(random, gate, 1, 0.5).array() + 1).cast<float>();
    layer.beta = matrix(random, gate, 1, 0.5).cast<float>();
    weights.push_back(std::move(layer));
  }
  return {std::move(spec), inputs, std::move(weights)};
}

learn::Targets targets(Random& random, const RandomSurrogate& wish) {
  const auto points = static_cast<Eigen::Index>(wish.points);
  const bool projected = wish.form == learn::TargetForm::components;
  const auto count = projected ? static_cast<Eigen::Index>(std::min(wish.components, wish.points)) : points;
  learn::Targets made;
  made.floor_dex = 10;
  made.baseline = wish.baseline;
  made.form = wish.form;
  made.mean = Eigen::RowVectorXd::LinSpaced(points, 44, 36);
  made.coefficients = matrix(
      random, static_cast<Eigen::Index>(learn::monomial_count(wish.baseline, wish.inputs)), points, 0.3);
  made.components.resize(0, points);
  if (projected) {
    const Eigen::MatrixXd square = matrix(random, points, count, 1);
    const Eigen::HouseholderQR<Eigen::MatrixXd> rotation{square};
    made.components = (rotation.householderQ() * Eigen::MatrixXd::Identity(points, count)).transpose();
  }
  // Differences are summed over all points: small ones.
  made.scale = Eigen::RowVectorXd::Constant(count, wish.form == learn::TargetForm::derivative ? 0.05 : 2);
  return made;
}

}  // namespace

surrogate::Surrogate make(const RandomSurrogate& wish) {
  Random random{wish.seed};
  surrogate::Surrogate made;
  made.inputs = inputs(wish.inputs);
  made.constants = {{"z", 0.031}};
  if (wish.inputs >= 6) made.constraints = {"gamma_max >= 2*gamma_min"};
  made.output = "sed";
  made.output_unit = "erg s-1";
  made.log10 = true;
  made.floor = 1e-60;
  surrogate::Axis axis{"nu", "Hz", {}};
  for (std::uint64_t k = 0; k < wish.points; ++k)
    axis.values.push_back(std::pow(10, 8 + 22 * static_cast<double>(k) / static_cast<double>(wish.points)));
  made.axes = {std::move(axis)};
  for (std::uint64_t k = 0; k < wish.members; ++k) {
    auto form = targets(random, wish);
    auto spec = network(wish, static_cast<std::uint64_t>(form.scale.size()));
    auto weights = with_weights(random, std::move(spec), wish.inputs);
    made.members.push_back({std::move(form),
                            std::move(weights),
                            {200, 20'000, 0.99, 0.01, 0.02, 0.015, 0.1, 0.2, 0.9, 0.01},
                            k + 1,
                            random()});
  }
  made.accuracy = made.members.front().accuracy;
  made.spread_scale = wish.members > 1 ? 1.7 : std::nan("");
  made.coverage_1 = 0.68;
  made.coverage_2 = 0.95;
  made.provenance = {
      "random", "none", "0123", "pilot, scout", "00ff", "ff00", "0.1.0", R"({"preset": "residual"})",
      1800,     200,    0.1,    12.5,           0.4};
  return made;
}

}  // namespace tranche::test
