#include <catch2/catch.hpp>

#include "tranche/learn/network.hpp"

using namespace tranche::learn;

namespace {

constexpr auto none = Activation::identity;

LayerFault fault(std::vector<Layer> layers, std::uint64_t inputs = 7) {
  const auto shapes = shapes_of({std::move(layers)}, inputs);
  REQUIRE(std::holds_alternative<LayerFault>(shapes));
  return std::get<LayerFault>(shapes);
}

}  // namespace

TEST_CASE("Shapes go from layer to layer") {
  const NetworkSpec network{{Linear{192, none}, Residual{}, Reshape{{16, 12}}, Conv{8, 5, none},
                             Transposed{4, 5, 2, none}, Upsample{3}, Dropout{0.5}, Linear{10, none}}};
  const auto shapes = std::get<std::vector<Shape>>(shapes_of(network, 7));
  CHECK(shapes ==
        std::vector<Shape>{{1, 192}, {1, 192}, {16, 12}, {8, 12}, {4, 24}, {4, 72}, {4, 72}, {1, 10}});
}

TEST_CASE("The first layer that does not fit is named, with both shapes") {
  const auto reshape = fault({Linear{256, none}, Reshape{{16, 12}}, Reshape{{5, 5}}});
  CHECK(reshape.layer == 1);
  CHECK(reshape.what == "layer 2 (reshape 16 12) gives 16 x 12, 192 numbers, and gets 1 x 256, 256 numbers");
  const auto residual = fault({Linear{192, none}, Reshape{{16, 12}}, Residual{}});
  CHECK(residual.layer == 2);
  CHECK(
      residual.what ==
      "layer 3 (residual gelu) takes one channel, 1 x 192, and gets 16 x 12: put `reshape 1 192` before it");
  CHECK(fault({Conv{1, 4, none}}).what ==
        "layer 1 (conv 1 4 identity) has a kernel of 4, which has to be odd");
  CHECK(fault({Transposed{1, 2, 3, none}}).what ==
        "layer 1 (transposed 1 2 3 identity) has a kernel of 2, smaller than its stride of 3");
  CHECK(fault({Transposed{1, 4, 1, none}}).what ==
        "layer 1 (transposed 1 4 1 identity) has a kernel of 4, which has to be odd with a stride of 1");
  CHECK(fault({Conv{8, 3, none}}).what ==
        "layer 1 (conv 8 3 identity) is the last one and gives 8 x 7, which has to be one channel, 1 x 56: "
        "put `reshape 1 56` after it");
  CHECK(fault({}).what == "a network has one layer at least");
  CHECK(fault({Upsample{1'000'000}, Upsample{1'000'000}}).what ==
        "layer 2 (upsample 1000000) gives 1 x 7000000000000, more than 100000000 numbers");
  CHECK(fault({Dropout{1.5}}).what ==
        "layer 1 (dropout 1.5) leaves out a share that is not at least 0 and less than 1");
}

TEST_CASE("Weights have the sizes torch gives them") {
  const NetworkSpec network{{Linear{192, Activation::gate}, Residual{Activation::gate}, Reshape{{16, 12}},
                             Conv{8, 5, Activation::gate}, Transposed{4, 5, 2, none}, Upsample{3},
                             Dropout{0.5}, Linear{10, none}}};
  const auto shapes = weight_shapes(network, 7);
  CHECK(shapes == std::vector<WeightShape>{{192, 7, 192, 192},
                                           {192, 192, 192, 192},
                                           {},
                                           {8, 80, 8, 8},
                                           {8, 20, 4, 0},
                                           {},
                                           {},
                                           {10, 288, 10, 0}});
  CHECK(parameter_count(network, 7) ==
        192 * 7 + 3 * 192 + 192 * 192 + 3 * 192 + 640 + 24 + 160 + 4 + 2880 + 10);
}

TEST_CASE("The presets fit whatever they have to give") {
  for (std::uint64_t targets = 1; targets <= 200; ++targets) {
    INFO(targets);
    for (const auto& network :
         {residual_network(32, 3, targets), mlp_network(32, 3, targets), cnn_network(32, 4, targets)}) {
      const auto shapes = shapes_of(network, 7);
      REQUIRE(std::holds_alternative<std::vector<Shape>>(shapes));
      CHECK(std::get<std::vector<Shape>>(shapes).back() == Shape{1, targets});
    }
  }
}

TEST_CASE("The presets are what they are called") {
  CHECK(to_text(residual_network(256, 2, 64)) ==
        "linear 256 identity\nresidual gelu\nresidual gelu\nlinear 64 identity\n");
  CHECK(to_text(mlp_network(9, 2, 3, Activation::tanh)) ==
        "linear 9 tanh\nlinear 9 tanh\nlinear 3 identity\n");
  CHECK(to_text(cnn_network(256, 16, 177)) ==
        "linear 256 relu\nlinear 1472 relu\nreshape 64 23\ntransposed 32 5 2 relu\ntransposed 16 5 2 relu\n"
        "transposed 16 5 2 relu\nconv 1 5 identity\nlinear 177 identity\n");
}
