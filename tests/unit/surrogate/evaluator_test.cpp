#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <random>

#include "support/random_surrogate.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/surrogate/runtime.hpp"

namespace tranche::surrogate {
namespace {

/// The environment variable as long as it lives.
struct Cpu {
  explicit Cpu(const char* name) { ::setenv("TRANCHE_SURROGATE_CPU", name, 1); }
  ~Cpu() { ::unsetenv("TRANCHE_SURROGATE_CPU"); }
};

std::vector<std::string> variants() {
  std::vector<std::string> list;
  const auto made = test::make({});
  for (const char* name : {"plain", "avx2", "avx512"}) {
    const Cpu cpu{name};
    try {
      if (Evaluator{made}.cpu() == std::string{name}) list.emplace_back(name);
    } catch (const Failure&) {
      WARN("this processor has no " << name);
    }
  }
  return list;
}

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Evenly in each input's own scale, a little beyond the ranges.
Rows points_of(const Surrogate& made, Eigen::Index count) {
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> share{-0.02, 1.02};
  Rows x(count, static_cast<Eigen::Index>(made.inputs.size()));
  for (Eigen::Index row = 0; row < count; ++row)
    for (Eigen::Index k = 0; k < x.cols(); ++k) {
      const auto& input = made.inputs[static_cast<std::size_t>(k)];
      const double at = share(random);
      x(row, k) = input.scale == Input::Scale::log ? input.lo * std::pow(input.hi / input.lo, at)
                                                   : input.lo + (input.hi - input.lo) * at;
    }
  return x;
}

Rows fast(const Surrogate& made, const Rows& x) {
  const Evaluator evaluator{made};
  Evaluator::Scratch scratch{evaluator};
  Rows y(x.rows(), static_cast<Eigen::Index>(made.points()));
  evaluator(scratch, x.data(), static_cast<std::size_t>(x.rows()), y.data(), nullptr);
  return y;
}

double largest(const Rows& difference) {
  return difference.cwiseAbs().maxCoeff();
}

void require_plain_values(const test::RandomSurrogate& wish, double tolerance) {
  const auto made = test::make(wish);
  const auto x = points_of(made, 101);
  const Rows expected = made.evaluate(x);
  REQUIRE(expected.allFinite());
  for (const auto& variant : variants()) {
    const Cpu cpu{variant.c_str()};
    INFO(variant);
    const double off = largest(fast(made, x) - expected);
    INFO("largest difference " << off);
    REQUIRE(off < tolerance);
    // One at a time takes another way through the kernels.
    REQUIRE(largest(fast(made, x.topRows(1)) - expected.topRows(1)) < tolerance);
  }
}

}  // namespace

TEST_CASE("The recommended network: every processor's kernels give the plain values within 1e-5") {
  require_plain_values({}, 1e-5);
}

TEST_CASE("Every activation, of linear layers and residual blocks") {
  for (const std::string f : {"identity", "relu", "tanh", "atan", "gelu", "silu", "gate"}) {
    INFO(f);
    test::RandomSurrogate wish;
    wish.layers = {"linear 45 " + f, "residual " + f, "linear 33 " + f};
    require_plain_values(wish, 1e-5);
  }
}

TEST_CASE("Every form of targets and every baseline, folded or not") {
  for (const auto form :
       {learn::TargetForm::value, learn::TargetForm::derivative, learn::TargetForm::components})
    for (const auto baseline : {learn::Baseline::off, learn::Baseline::linear, learn::Baseline::cubic})
      for (const std::uint64_t width : {5, 200}) {
        test::RandomSurrogate wish;
        wish.form = form;
        wish.baseline = baseline;
        wish.layers = {"linear " + std::to_string(width) + " gelu"};
        require_plain_values(wish, 1e-5);
      }
}

TEST_CASE("Convolutions of every kind") {
  for (const std::vector<std::string>& layers :
       {std::vector<std::string>{"linear 12", "reshape 3 4", "conv 5 3 relu"},
        {"linear 12", "reshape 3 4", "conv 5 9 gate", "conv 1 1"},
        {"linear 12 gelu", "reshape 2 6", "transposed 5 5 2 gelu", "transposed 3 4 2 gate", "conv 2 5 tanh"},
        {"linear 12", "reshape 2 6", "transposed 4 2 2", "transposed 1 7 3 silu", "upsample 2"},
        {"linear 12", "reshape 4 3", "transposed 3 3 1 atan", "transposed 2 8 5", "dropout 0.5"},
        {"linear 9", "upsample 3", "reshape 3 9", "upsample 2", "conv 2 3 silu", "reshape 1 36",
         "residual gate"}}) {
    INFO(layers.at(2));
    test::RandomSurrogate wish;
    wish.layers = layers;
    require_plain_values(wish, 1e-5);
  }
}

TEST_CASE("Any number of inputs and points") {
  for (const std::uint64_t inputs : {1, 2, 12})
    for (const std::uint64_t points : {1, 2, 31, 33, 200}) {
      test::RandomSurrogate wish;
      wish.inputs = inputs;
      wish.points = points;
      wish.layers = {"linear 17 silu"};
      require_plain_values(wish, 1e-5);
    }
}

TEST_CASE("The value of a point does not depend on how many are asked for with it") {
  const auto made = test::make({});
  const auto x = points_of(made, 217);
  const auto together = fast(made, x);
  for (const Eigen::Index count : {1, 2, 3, 5, 7, 12, 13, 95, 96, 97, 200})
    REQUIRE(fast(made, x.topRows(count)) == together.topRows(count));
}

TEST_CASE("Every processor gives the same bits") {
  test::RandomSurrogate wish;
  wish.members = 2;
  wish.layers = {"linear 60 gate",        "residual gelu", "reshape 4 15",
                 "transposed 3 5 2 silu", "conv 2 3 atan", "linear 33 tanh"};
  for (const auto& made : {test::make({}), test::make(wish)}) {
    const auto x = points_of(made, 100);
    std::vector<Rows> found;
    for (const auto& variant : variants()) {
      const Cpu cpu{variant.c_str()};
      found.push_back(fast(made, x));
      INFO(variant);
      REQUIRE(found.back() == found.front());
    }
  }
}

TEST_CASE("An ensemble gives the mean and the spread of its members") {
  test::RandomSurrogate wish;
  wish.members = 3;
  const auto made = test::make(wish);
  const auto x = points_of(made, 100);
  const auto expected = made.predict(x);
  const Evaluator evaluator{made};
  Evaluator::Scratch scratch{evaluator};
  Rows mean(100, 177);
  Rows spread(100, 177);
  evaluator(scratch, x.data(), 100, mean.data(), spread.data());
  REQUIRE(largest(mean - expected.mean) < 1e-5);
  REQUIRE(largest(spread - expected.spread) < 1e-5);
  REQUIRE(largest(fast(made, x) - mean) == 0);
}

TEST_CASE("NaN in, NaN out") {
  for (const auto& variant : variants()) {
    const Cpu cpu{variant.c_str()};
    for (const std::string f : {"relu", "tanh", "atan", "gelu", "silu", "gate"}) {
      INFO(variant << ' ' << f);
      test::RandomSurrogate wish;
      wish.layers = {"linear 16 " + f};
      const auto made = test::make(wish);
      auto x = points_of(made, 2);
      x(1, 2) = std::nan("");
      const auto y = fast(made, x);
      REQUIRE(y.row(0).allFinite());
      REQUIRE(y.row(1).array().isNaN().all());
    }
  }
}

TEST_CASE("Instructions that do not exist are refused by name") {
  const Cpu cpu{"mmx"};
  REQUIRE_THROWS_WITH(Evaluator{test::make({})},
                      Catch::Contains("TRANCHE_SURROGATE_CPU is `mmx`") && Catch::Contains("plain"));
}

}  // namespace tranche::surrogate
