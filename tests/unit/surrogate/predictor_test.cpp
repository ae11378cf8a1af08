#include "tranche/surrogate/predictor.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <thread>

#include "support/random_surrogate.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::surrogate {
namespace {

using Names = std::vector<std::string>;

test::RandomSurrogate small() {
  test::RandomSurrogate wish;
  wish.points = 9;
  wish.layers = {"linear 8 gelu"};
  return wish;
}

FreeInputs bound(const std::vector<std::string>& texts) {
  std::vector<Binding> bindings;
  for (const auto& text : texts) bindings.push_back(parse_binding(text));
  return {test::make(small()), bindings};
}

std::string refusal(const std::vector<std::string>& texts) {
  try {
    bound(texts);
  } catch (const Failure& failure) {
    REQUIRE(failure.code() == ExitCode::usage);
    return failure.what() + std::string{" | "} + failure.fix();
  }
  FAIL("was taken");
  return {};
}

std::vector<double> expanded(FreeInputs inputs, const std::vector<double>& free) {
  std::vector<double> all(inputs.inputs());
  inputs.expand(free, all);
  return all;
}

const std::vector<double> middle{20, 3e16, 0.3, 1e45, 300, 1e5, 3};

}  // namespace

TEST_CASE("Without bindings every input is free, in order") {
  const auto inputs = bound({});
  REQUIRE(inputs.names() == Names{"delta", "R", "B", "L_e", "gamma_min", "gamma_max", "p"});
  REQUIRE(expanded(inputs, middle) == middle);
}

TEST_CASE("A fixed input is not asked for") {
  const auto inputs = bound({"B = 0.5", "p=2.5"});
  REQUIRE(inputs.names() == Names{"delta", "R", "L_e", "gamma_min", "gamma_max"});
  REQUIRE(expanded(inputs, {20, 3e16, 1e45, 300, 1e5}) ==
          std::vector<double>{20, 3e16, 0.5, 1e45, 300, 1e5, 2.5});
}

TEST_CASE("A linked input asks for what its formula names, and knows constants and other inputs") {
  const auto inputs = bound({"R = 2.998e10*t_var*delta/(1+z)"});
  REQUIRE(inputs.names() == Names{"delta", "B", "L_e", "gamma_min", "gamma_max", "p", "t_var"});
  REQUIRE(inputs.input_of(0) == 0);
  REQUIRE(inputs.input_of(1) == 2);
  REQUIRE(inputs.input_of(6) == -1);
  const auto all = expanded(inputs, {10, 0.3, 1e45, 300, 1e5, 3, 1e5});
  REQUIRE(all[1] == Approx(2.998e10 * 1e5 * 10 / 1.031).epsilon(1e-14));
}

TEST_CASE("Formulas may use each other in any order of giving") {
  const auto inputs = bound({"R = c*t_var*delta", "c = 2.998e10", "gamma_max = 100*gamma_min",
                             "t_var = days*86400", "gamma_min = p*10"});
  REQUIRE(inputs.names() == Names{"delta", "B", "L_e", "p", "days"});
  const auto all = expanded(inputs, {10, 0.3, 1e45, 3, 2});
  REQUIRE(all[1] == Approx(2.998e10 * 2 * 86400 * 10).epsilon(1e-14));
  REQUIRE(all[4] == 30);
  REQUIRE(all[5] == 3000);
}

TEST_CASE("A constant of the campaign may be said again, not changed") {
  REQUIRE(bound({"z=0.031"}).names().size() == 7);
  REQUIRE(refusal({"z=0.5"}).find("z is a constant of the campaign") != std::string::npos);
}

TEST_CASE("What cannot be bound is refused with a reason") {
  REQUIRE(refusal({"gama_min=3"}).find("did you mean gamma_min?") != std::string::npos);
  REQUIRE(refusal({"R=1e16", "R=2e16"}).find("R is given twice") != std::string::npos);
  REQUIRE(refusal({"R=delta*x", "x=R/2"}).find("R depends on itself: R -> x -> R") != std::string::npos);
  REQUIRE(refusal({"R=R*2"}).find("R depends on itself: R -> R") != std::string::npos);
  REQUIRE(refusal({"R=2*(delta"}).find("R = 2*(delta: ") != std::string::npos);
  for (const std::string text : {"R", "=3", "R=", " = "}) REQUIRE_THROWS_AS(parse_binding(text), Failure);
}

TEST_CASE("A prediction says which inputs lie outside, and what the campaign excludes") {
  const auto made = test::make(small());
  const Predictor predictor{made, {}};
  std::vector<double> x = middle;
  const auto flags_at = [&] {
    std::vector<double> y(9);
    PointFlags flags = 0;
    predictor.evaluate(x.data(), 1, Form::stored, y.data(), nullptr, &flags);
    return flags;
  };
  REQUIRE(flags_at() == 0);
  x[0] = 51;
  x[3] = 1e41;
  REQUIRE(flags_at() == 0b1001);
  REQUIRE(sentences(made, flags_at(), x) ==
          Names{"delta = 51 lies outside [3, 50]", "L_e = 1e+41 lies outside [1e+42, 1e+48]"});
  x = middle;
  x[5] = 500;
  REQUIRE(flags_at() == excluded_flag);
  REQUIRE(sentences(made, flags_at(), x) == Names{"excluded from the campaign by gamma_max >= 2*gamma_min"});
  x[5] = std::nan("");
  REQUIRE(flags_at() == (excluded_flag | 0b100000));
}

TEST_CASE("Linear values are those that the logarithms stand for; error bars are scaled spread") {
  auto wish = small();
  wish.members = 2;
  const auto made = test::make(wish);
  const Predictor predictor{made, {}};
  std::vector<double> stored(9);
  std::vector<double> linear(9);
  std::vector<double> errors(9);
  predictor.evaluate(middle.data(), 1, Form::stored, stored.data(), errors.data(), nullptr);
  predictor.evaluate(middle.data(), 1, Form::linear, linear.data(), nullptr, nullptr);
  const Eigen::MatrixXd x = Eigen::Map<const Eigen::RowVectorXd>(middle.data(), 7);
  const auto expected = made.predict(x);
  for (Eigen::Index k = 0; k < 9; ++k) {
    const auto at = static_cast<std::size_t>(k);
    REQUIRE(linear[at] == Approx(std::pow(10, stored[at])).epsilon(1e-12));
    REQUIRE(errors[at] == Approx(1.7 * expected.spread(0, k)).epsilon(1e-4));
  }
}

TEST_CASE("A constraint on something a surrogate does not carry is told, and flags nothing") {
  auto made = test::make(small());
  made.constraints.emplace_back("t_var > 3600");
  const Predictor predictor{made, {}};
  REQUIRE(predictor.unchecked() == Names{"t_var > 3600"});
}

TEST_CASE("Threads may share a predictor, formulas and all") {
  const auto made = test::make(small());
  const Predictor predictor{made, {parse_binding("R = 2.998e10*t_var*delta/(1+z)")}};
  constexpr std::size_t rows = 300;
  std::vector<double> x;
  for (std::size_t k = 0; k < rows; ++k)
    x.insert(x.end(), {4 + 0.1 * static_cast<double>(k), 0.3, 1e45, 300, 1e5, 3, 1e5});
  std::vector<double> expected(rows * 9);
  predictor.evaluate(x.data(), rows, Form::stored, expected.data(), nullptr, nullptr);
  std::vector<std::vector<double>> found(4, std::vector<double>(rows * 9));
  std::vector<std::thread> threads;
  for (auto& values : found)
    threads.emplace_back([&] {
      for (int again = 0; again < 20; ++again)
        predictor.evaluate(x.data(), rows, Form::stored, values.data(), nullptr, nullptr);
    });
  for (auto& thread : threads) thread.join();
  for (const auto& values : found) REQUIRE(values == expected);
}

}  // namespace tranche::surrogate
