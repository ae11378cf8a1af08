/// \file
/// Networks and numbers that are the same in every run.
#pragma once

#include <random>

#include "tranche/learn/network.hpp"

namespace tranche::learn::test {

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_{seed} {}

  /// In [-1,1[.
  double number() { return std::uniform_real_distribution<double>{-1, 1}(engine_); }

  Eigen::MatrixXd matrix(Eigen::Index rows, Eigen::Index columns) {
    Eigen::MatrixXd values(rows, columns);
    for (auto& value : values.reshaped()) value = number();
    return values;
  }

  Matrix floats(std::uint64_t rows, std::uint64_t columns) {
    return matrix(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns)).cast<float>();
  }

  Eigen::VectorXf vector(std::uint64_t size) { return floats(size, 1).col(0); }

 private:
  std::mt19937 engine_;
};

/// Weights that keep numbers near one.
inline Network random_network(const NetworkSpec& spec, std::uint64_t inputs, Dice& dice) {
  std::vector<Network::Weights> weights;
  for (const auto& shape : weight_shapes(spec, inputs)) {
    const float size = 1.5F / std::sqrt(static_cast<float>(std::max<std::uint64_t>(1, shape.columns)));
    weights.push_back({size * dice.floats(shape.rows, shape.columns), dice.vector(shape.bias),
                       dice.vector(shape.gate), dice.vector(shape.gate)});
  }
  return {spec, inputs, std::move(weights)};
}

}  // namespace tranche::learn::test
