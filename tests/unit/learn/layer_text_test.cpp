#include <catch2/catch.hpp>

#include "tranche/learn/network.hpp"

using namespace tranche::learn;

namespace {

std::string fault(const std::string& line) {
  const auto layer = layer_from_text(line);
  const auto* found = std::get_if<LayerFault>(&layer);
  return found != nullptr ? found->what : "";
}

}  // namespace

TEST_CASE("A layer's text gives the layer again") {
  const std::vector<Layer> layers{Linear{256, Activation::gate},
                                  Residual{Activation::silu},
                                  Reshape{{16, 12}},
                                  Conv{8, 5, Activation::atan},
                                  Transposed{16, 5, 2, Activation::tanh},
                                  Upsample{3},
                                  Dropout{0.1},
                                  Dropout{1.0 / 3},
                                  Linear{1, Activation::identity}};
  for (const auto& layer : layers) {
    INFO(to_text(layer));
    const auto again = layer_from_text(to_text(layer));
    REQUIRE(std::holds_alternative<Layer>(again));
    CHECK(std::get<Layer>(again) == layer);
  }
  CHECK(to_text(NetworkSpec{{Linear{4, Activation::relu}, Upsample{2}}}) == "linear 4 relu\nupsample 2\n");
}

TEST_CASE("An activation may be left out, and numbers are written as people do") {
  CHECK(std::get<Layer>(layer_from_text("linear 1_000")) == Layer{Linear{1000, Activation::identity}});
  CHECK(std::get<Layer>(layer_from_text("  residual ")) == Layer{Residual{Activation::gelu}});
  CHECK(std::get<Layer>(layer_from_text("conv 8 5")) == Layer{Conv{8, 5, Activation::identity}});
  CHECK(std::get<Layer>(layer_from_text("dropout 10%")) == Layer{Dropout{0.1}});
}

TEST_CASE("What is no layer says why") {
  CHECK(fault("") == "``: a layer is missing");
  CHECK(fault("linera 256") == "`linera 256`: there is no layer `linera`: did you mean `linear`?");
  CHECK(fault("lstm 5") ==
        "`lstm 5`: there is no layer `lstm`; there are linear, residual, reshape, conv, transposed, "
        "upsample, dropout");
  CHECK(fault("linear") == "`linear`: write it as `linear WIDTH [ACTIVATION]`");
  CHECK(fault("linear 4 relu 5") == "`linear 4 relu 5`: write it as `linear WIDTH [ACTIVATION]`");
  CHECK(fault("reshape 4 5 relu") == "`reshape 4 5 relu`: write it as `reshape CHANNELS LENGTH`");
  CHECK(fault("linear 0") == "`linear 0`: `0` is no whole number from 1 to 1000000");
  CHECK(fault("linear 2e6") == "`linear 2e6`: `2e6` is no whole number from 1 to 1000000");
  CHECK(fault("conv 8 x") == "`conv 8 x`: `x` is no whole number from 1 to 1000000");
  CHECK(fault("linear 4 gleu") == "`linear 4 gleu`: there is no activation `gleu`: did you mean `gelu`?");
  CHECK(fault("dropout 1") == "`dropout 1`: `1` is no share of at least 0 and less than 1");
}

TEST_CASE("Words of activations are theirs alone") {
  for (int k = 0; k < 7; ++k) {
    const auto activation = static_cast<Activation>(k);
    CHECK(activation_of(to_string(activation)) == activation);
  }
  CHECK_FALSE(activation_of("ReLU"));
}
