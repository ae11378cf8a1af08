#include <catch2/catch.hpp>

#include "random_network.hpp"
#include "torch_values.hpp"

using namespace tranche;
using namespace tranche::learn;

namespace {

constexpr Activation all_activations[] = {Activation::identity, Activation::relu, Activation::tanh,
                                          Activation::atan,     Activation::gelu, Activation::silu,
                                          Activation::gate};

/// By torch and by the plain network, of the same weights.
void compare(const NetworkSpec& spec, std::uint64_t inputs) {
  INFO(to_text(spec));
  test::Dice dice{5};
  const Matrix x = dice.floats(9, inputs);
  const auto found = trainer::first_values(spec, x, 3);
  const Network plain{spec, inputs, found.weights};
  const Matrix y = plain(x);
  REQUIRE(y.rows() == found.y.rows());
  REQUIRE(y.cols() == found.y.cols());
  CHECK((y - found.y).cwiseAbs().maxCoeff() <= 1e-6F * std::max(1.0F, y.cwiseAbs().maxCoeff()));
  CHECK(y.cwiseAbs().maxCoeff() > 1e-3F);
}

}  // namespace

TEST_CASE("torch computes what the plain network computes, for every layer and activation") {
  for (const auto f : all_activations) {
    compare({{Linear{11, f}}}, 5);
    compare({{Linear{12, f}, Residual{f}, Linear{7}}}, 5);
    compare({{Linear{24}, Reshape{{4, 6}}, Conv{5, 3, f}, Linear{3}}}, 2);
    compare({{Linear{24}, Reshape{{4, 6}}, Transposed{3, 5, 2, f}, Linear{3}}}, 2);
    compare({{Linear{12}, Reshape{{1, 12}}, Residual{f}, Linear{7}}}, 5);
    compare({{Linear{12}, Reshape{{2, 6}}, Conv{1, 3, f}, Residual{f}}}, 5);
  }
  compare({{Linear{24}, Reshape{{3, 8}}, Conv{4, 5}, Upsample{3}, Conv{1, 1}}}, 2);
  compare({{Linear{24}, Reshape{{3, 8}}, Transposed{4, 4, 2}, Transposed{2, 3, 3}, Transposed{1, 5, 1}}}, 2);
  compare({{Linear{10, Activation::relu}, Dropout{0.5}, Linear{4}}}, 3);
  compare(residual_network(32, 3, 20), 7);
  compare(mlp_network(32, 3, 20), 7);
  compare(cnn_network(32, 4, 177), 7);
}
