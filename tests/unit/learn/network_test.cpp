#include <catch2/catch.hpp>
#include <cmath>

#include "random_network.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::learn;
using test::Dice;

namespace {

constexpr auto none = Activation::identity;

Matrix row(std::initializer_list<float> values) {
  Matrix result(1, static_cast<Eigen::Index>(values.size()));
  std::copy(values.begin(), values.end(), result.data());
  return result;
}

Eigen::VectorXf vector(std::initializer_list<float> values) {
  return row(values).row(0).transpose();
}

/// The only layer of a network.
Matrix computed(const Layer& layer, Network::Weights weights, const Matrix& x) {
  return Network{{{layer}}, static_cast<std::uint64_t>(x.cols()), {std::move(weights)}}(x);
}

/// f(x) of one number, by a linear layer that hands it on.
float activated(Activation activation, float x) {
  return computed(Linear{1, activation}, {row({1}), vector({0}), {}, {}}, row({x}))(0, 0);
}

/// As the definition has it: y[c][l] = b[c] + sum over i, k of w[c][i][k] x[i][l + k - K / 2].
Matrix conv_by_definition(const Conv& layer, const Shape& in, const Network::Weights& weights,
                          const Matrix& x) {
  const auto length = static_cast<std::int64_t>(in.length);
  const auto kernel = static_cast<std::int64_t>(layer.kernel);
  Matrix y(x.rows(), static_cast<std::int64_t>(layer.channels) * length);
  for (std::int64_t n = 0; n < x.rows(); ++n)
    for (std::int64_t c = 0; c < static_cast<std::int64_t>(layer.channels); ++c)
      for (std::int64_t l = 0; l < length; ++l) {
        double sum = weights.bias[c];
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(in.channels); ++i)
          for (std::int64_t k = 0; k < kernel; ++k) {
            const auto at = l + k - kernel / 2;
            if (at >= 0 && at < length)
              sum += static_cast<double>(weights.weight(c, i * kernel + k)) *
                     static_cast<double>(x(n, i * length + at));
          }
        y(n, c * length + l) = static_cast<float>(sum);
      }
  return y;
}

/// Zeros between the numbers, then an ordinary sum: out[t] collects every l, k with l * stride + k == t +
/// padding.
Matrix transposed_by_definition(const Transposed& layer, const Shape& in, const Network::Weights& weights,
                                const Matrix& x) {
  const auto kernel = static_cast<std::int64_t>(layer.kernel);
  const auto stride = static_cast<std::int64_t>(layer.stride);
  const auto padding = (kernel - stride + 1) / 2;
  const auto extra = (kernel - stride) % 2;
  const auto length = static_cast<std::int64_t>(in.length);
  const auto out = (length - 1) * stride - 2 * padding + kernel + extra;  // as torch counts
  Matrix y(x.rows(), static_cast<std::int64_t>(layer.channels) * out);
  for (std::int64_t n = 0; n < x.rows(); ++n)
    for (std::int64_t c = 0; c < static_cast<std::int64_t>(layer.channels); ++c)
      for (std::int64_t t = 0; t < out; ++t) {
        double sum = weights.bias[c];
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(in.channels); ++i)
          for (std::int64_t l = 0; l < length; ++l) {
            const auto k = t + padding - l * stride;
            if (k >= 0 && k < kernel)
              sum += static_cast<double>(x(n, i * length + l)) *
                     static_cast<double>(weights.weight(i, c * kernel + k));
          }
        y(n, c * out + t) = static_cast<float>(sum);
      }
  return y;
}

/// reshape, the layer, reshape to one channel.
Network alone(const Layer& layer, const Shape& in, Dice& dice) {
  std::uint64_t size = 0;
  if (const auto* conv = std::get_if<Conv>(&layer)) size = conv->channels * in.length;
  if (const auto* transposed = std::get_if<Transposed>(&layer))
    size = transposed->channels * in.length * transposed->stride;
  return test::random_network({{Reshape{in}, layer, Reshape{{1, size}}}}, in.size(), dice);
}

}  // namespace

TEST_CASE("A linear layer is W x + b") {
  Matrix weight(2, 3);
  weight << 1, 2, 3, 4, 5, 6;
  const Network::Weights weights{weight, vector({0.5F, -1}), {}, {}};
  CHECK(computed(Linear{2, none}, weights, row({1, 0, -1})) == row({-1.5F, -3}));
  CHECK(computed(Linear{2, Activation::relu}, weights, row({1, 1, 1})) == row({6.5F, 14}));
}

TEST_CASE("A residual block adds to what comes in") {
  Matrix weight(2, 2);
  weight << 0, 1, 1, 0;
  CHECK(computed(Residual{Activation::relu}, {weight, vector({-1, -1}), {}, {}}, row({5, 3})) == row({7, 7}));
}

TEST_CASE("Activations have their formulas' values") {
  CHECK(activated(none, -2) == -2);
  CHECK(activated(Activation::relu, -2) == 0);
  CHECK(activated(Activation::relu, 2) == 2);
  CHECK(activated(Activation::tanh, 0.5F) == Approx(0.46211716));
  CHECK(activated(Activation::atan, 1) == Approx(0.78539816));
  CHECK(activated(Activation::gelu, 1) == Approx(0.84134475));
  CHECK(activated(Activation::gelu, -1) == Approx(-0.15865525));
  CHECK(activated(Activation::silu, 1) == Approx(0.73105858));
  CHECK(activated(Activation::silu, -100) == Approx(0).margin(1e-30));
}

TEST_CASE("A gate has an alpha and a beta for each unit") {
  const auto y =
      computed(Linear{2, Activation::gate},
               {row({1, 1}).transpose(), vector({0, 0}), vector({0, 2}), vector({0.5F, 0.25F})}, row({3}));
  CHECK(y(0, 0) == Approx((0.5 + 0.5 / 2) * 3));
  CHECK(y(0, 1) == Approx((0.25 + 0.75 / (1 + std::exp(-6.0))) * 3));
}

TEST_CASE("A gate of a convolution has an alpha and a beta for each channel") {
  const NetworkSpec spec{{Conv{2, 1, Activation::gate}, Reshape{{1, 4}}}};
  Matrix weight(2, 1);
  weight << 1, 1;
  const Network network{spec, 2, {{weight, vector({0, 0}), vector({0, 0}), vector({0, 1})}, {}}};
  CHECK(network(row({2, 4})) == row({1, 2, 2, 4}));
}

TEST_CASE("A convolution by hand") {
  CHECK(computed(Conv{1, 3, none}, {row({1, 0, -1}), vector({0.5F}), {}, {}}, row({1, 2, 3})) ==
        row({-1.5F, -1.5F, 2.5F}));
  // The kernel is longer than the row.
  CHECK(computed(Conv{1, 5, none}, {row({1, 2, 3, 4, 5}), vector({0}), {}, {}}, row({1, 10})) ==
        row({43, 32}));
  CHECK(computed(Conv{1, 7, none}, {row({1, 2, 3, 4, 5, 6, 7}), vector({0}), {}, {}}, row({2})) == row({8}));
}

TEST_CASE("A transposed convolution by hand") {
  CHECK(computed(Transposed{1, 5, 2, none}, {row({1, 2, 3, 4, 5}), vector({0}), {}, {}}, row({1, 10})) ==
        row({13, 24, 35, 40}));
  CHECK(computed(Transposed{1, 2, 2, none}, {row({1, 2}), vector({1}), {}, {}}, row({1, 10})) ==
        row({2, 3, 11, 21}));
  CHECK(computed(Transposed{1, 4, 2, none}, {row({1, 2, 3, 4}), vector({0}), {}, {}}, row({1, 10})) ==
        row({2, 13, 24, 30}));
}

TEST_CASE("Convolutions are what their definition says") {
  Dice dice{1};
  for (const std::uint64_t kernel : {1, 3, 5, 9})
    for (const std::uint64_t length : {1, 2, 7, 12}) {
      INFO(kernel << ' ' << length);
      const Conv layer{3, kernel, none};
      const Shape in{2, length};
      const auto network = alone(layer, in, dice);
      const Matrix x = dice.floats(4, in.size());
      CHECK(network(x).isApprox(conv_by_definition(layer, in, network.weights()[1], x), 1e-5F));
    }
}

TEST_CASE("Transposed convolutions are what their definition says, and exactly stride times as long") {
  Dice dice{2};
  for (const std::uint64_t stride : {1, 2, 3, 4})
    for (std::uint64_t kernel = stride; kernel < stride + 5; ++kernel)
      for (const std::uint64_t length : {1, 2, 7}) {
        if (stride == 1 && kernel % 2 == 0) continue;
        INFO(kernel << ' ' << stride << ' ' << length);
        const Transposed layer{3, kernel, stride, none};
        const Shape in{2, length};
        const auto network = alone(layer, in, dice);
        const Matrix x = dice.floats(4, in.size());
        const auto expected = transposed_by_definition(layer, in, network.weights()[1], x);
        REQUIRE(expected.cols() == static_cast<Eigen::Index>(3 * length * stride));
        CHECK(network(x).isApprox(expected, 1e-5F));
      }
}

TEST_CASE("Upsampling repeats each number, and dropout leaves everything as it is") {
  const Network network{{{Reshape{{2, 2}}, Upsample{2}, Dropout{0.9}, Reshape{{1, 8}}}}, 4, {{}, {}, {}, {}}};
  CHECK(network(row({1, 2, 3, 4})) == row({1, 1, 2, 2, 3, 3, 4, 4}));
}

TEST_CASE("A row's answer does not depend on the rows beside it") {
  Dice dice{3};
  const auto network = test::random_network(cnn_network(16, 2, 21), 5, dice);
  const Matrix x = dice.floats(1100, 5);  // more than is computed at a time
  const Matrix y = network(x);
  REQUIRE(y.rows() == 1100);
  CHECK(network.outputs() == 21);
  for (const Eigen::Index k : {0, 511, 512, 1099}) CHECK(network(x.row(k)).isApprox(y.row(k), 1e-5F));
  CHECK(network(x.topRows(0)).rows() == 0);
}

TEST_CASE("Weights that do not fit name the layer and both shapes") {
  const auto refused = [](NetworkSpec spec, std::vector<Network::Weights> weights) -> std::string {
    try {
      Network{std::move(spec), 3, std::move(weights)};
    } catch (const DamageError& error) {
      return error.what();
    }
    return "accepted";
  };
  const Network::Weights fits{Matrix::Zero(2, 3), vector({0, 0}), {}, {}};
  CHECK(refused({{Linear{2, none}}}, {fits}) == "accepted");
  CHECK(refused({{Linear{4, none}}}, {fits}) ==
        "layer 1 (linear 4 identity) needs weights of 4 x 3 and 4, and has 2 x 3 and 2");
  CHECK(refused({{Linear{2, Activation::gate}}}, {fits}) ==
        "layer 1 (linear 2 gate) needs weights of 2 x 3 and 2 and twice 2, and has 2 x 3 and 2");
  CHECK(refused({{Linear{2, Activation::gate}}},
                {{Matrix::Zero(2, 3), vector({0, 0}), vector({0, 0}), vector({0})}}) ==
        "layer 1 (linear 2 gate) has a gate with 2 alpha and 1 beta");
  CHECK(refused({{Linear{2, none}, Linear{2, none}}}, {fits}) == "a network of 2 layers has weights for 1");
  CHECK(refused({{Reshape{{2, 2}}}}, {{}}) ==
        "layer 1 (reshape 2 2) gives 2 x 2, 4 numbers, and gets 1 x 3, 3 numbers");
}
