/// \file
/// Tests of units/infer.
#include "tranche/units/infer.hpp"

#include <catch2/catch.hpp>

using namespace tranche::units;
using Catch::Matchers::Contains;
using Kind = UnitProblem::Kind;

namespace {

const UnitSystem& database() {
  static const UnitSystem system;
  return system;
}

const UnitOfName& campaign() {
  static const UnitOfName units{{"R", "cm"}, {"d", "m"},       {"B", "gauss"}, {"t", "s"},
                                {"z", "1"},  {"L", "erg s-1"}, {"E", "erg"},   {"delta", "1"},
                                {"T", ""},   {"bad", "qqq"},   {"x", "1"}};
  return units;
}

/// Canonical unit of the formula, "?" if unknown; must have no problems.
std::string unit(const std::string& formula) {
  const InferredUnit got = infer(database(), formula, campaign());
  INFO(formula);
  CHECK(got.problems.empty());
  return got.unit ? got.unit->text() : "?";
}

std::string canonical(const std::string& text) {
  return database().canonical(text);
}

std::vector<UnitProblem> problems(const std::string& formula) {
  return infer(database(), formula, campaign()).problems;
}

std::vector<UnitProblem> checked(const std::string& formula, const std::string& declared) {
  return check(database(), formula, campaign(), declared);
}

}  // namespace

TEST_CASE("products, quotients and powers have units") {
  CHECK(unit("R") == canonical("cm"));
  CHECK(unit("R*R/t") == canonical("cm2 s-1"));
  CHECK(unit("R^2*t^-1") == canonical("cm2 s-1"));
  CHECK(unit("L*t") == canonical("erg"));
  CHECK(unit("-R") == canonical("cm"));
  CHECK(unit("1/t") == canonical("s-1"));
  CHECK(unit("R/R") == "1");
  CHECK(unit("(R*R)^(1/2)") == canonical("cm"));
  CHECK(unit("sqrt(R*R)") == canonical("cm"));
  CHECK(unit("cbrt(R^3)") == canonical("cm"));
  CHECK(unit("pow(R, 2)") == canonical("cm2"));
  CHECK(unit("abs(R)") == canonical("cm"));
  CHECK(unit("R^2^2") == canonical("cm4"));
  CHECK(unit("-R^2") == canonical("cm2"));
}

TEST_CASE("sums keep the unit, and numbers alone take the other side's") {
  CHECK(unit("R + R") == canonical("cm"));
  CHECK(unit("1 + z") == "1");
  CHECK(unit("R*(1+z)") == canonical("cm"));
  CHECK(unit("R - 1e15") == canonical("cm"));
  CHECK(unit("max(R, 1e15, 2*R)") == canonical("cm"));
}

TEST_CASE("small numbers and simple fractions carry no unit") {
  CHECK(unit("2*R") == canonical("cm"));
  CHECK(unit("4/3*pi*R^3") == canonical("cm3"));
  CHECK(unit("0.5*R/4") == canonical("cm"));
  CHECK(unit("B^2/(8*pi)") == canonical("gauss2"));
}

TEST_CASE("other literals may carry a unit") {
  CHECK(unit("R*(1+z)/(2.998e10*delta)") == "?");
  CHECK(unit("60*t") == "?");
  CHECK(unit("0.01*R") == "?");
  CHECK(unit("1e-2*R") == "?");
  CHECK(unit("10^2*R") == "?");
  CHECK(unit("R/2.998e10 + t") == canonical("s"));  // the sum says it
}

TEST_CASE("log, exp, angles and variable exponents are declared, not checked") {
  for (const char* f :
       {"log(R)", "exp(t)", "sin(t)", "R^x", "log10(L)/2", "2^x", "T*R", "unheard_of", "sqrt(R)"})
    CHECK(unit(f) == "?");
}

TEST_CASE("the compiler's errors are left to the compiler") {
  for (const char* f : {"", "R +", "R R", "(R", "R)", "R = B", "*", "min()", "1.2.3", "R ? B", "#"})
    CHECK(unit(f) == "?");
  CHECK(unit(std::string(100000, '(')) == "?");
  CHECK(unit(std::string(100000, '-')) == "?");
}

TEST_CASE("comparing different things is a problem") {
  const auto found = problems("R >= B");
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::dimension);
  CHECK(found[0].position == 2);
  CHECK_THAT(found[0].message, Contains("compares") && Contains("do not measure the same thing"));
  CHECK(problems("R + t > 0").size() == 1);
  CHECK(problems("max(R, t) > 0").size() == 1);
  CHECK(problems("2*R < 3*B || t == L").size() == 2);
  CHECK(problems("log(R + t) > 0").size() == 1);
  CHECK(problems("x > 0 ? R : t").size() == 1);
  CHECK(problems("R > z").size() == 1);
}

TEST_CASE("the same thing on another scale is another problem") {
  const auto found = problems("R >= d");
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::scale);
  CHECK_THAT(found[0].message, Contains("different scales"));
  CHECK(problems("R >= 100*d").empty());  // that is what the literal is for
}

TEST_CASE("honest constraints have no problems") {
  for (const char* f :
       {"R >= 1e16", "2*R > R", "R/t < 2.998e10", "B^2 > 1 && R > 3", "t*L >= E", "T > R", "R >= 1",
        "x > 0 ? R : 2*R", "log10(R) > 15", "delta >= 2*(1+z)", "(R > 1) == (t > 1)"}) {
    INFO(f);
    CHECK(problems(f).empty());
  }
}

TEST_CASE("a declared unit is checked where the formula's is known") {
  CHECK(checked("R*(1+z)/(2.998e10*delta)", "s").empty());
  CHECK(checked("R*R", "cm2").empty());
  CHECK(checked("L*t", "erg").empty());
  const auto wrong = checked("R*(1+z)", "s");
  REQUIRE(wrong.size() == 1);
  CHECK(wrong[0].kind == Kind::dimension);
  CHECK_THAT(wrong[0].message, Contains("declared in 's'"));
  const auto scaled = checked("R", "m");
  REQUIRE(scaled.size() == 1);
  CHECK(scaled[0].kind == Kind::scale);
  CHECK(checked("R + t", "s").size() == 1);  // one mistake, one problem
}

TEST_CASE("unit strings that do not parse are the caller's mistake") {
  CHECK_THROWS_AS(infer(database(), "bad*R", campaign()), UnitError);
  CHECK_NOTHROW(infer(database(), "R", campaign()));
  CHECK_THROWS_AS(check(database(), "R", campaign(), "qqq"), UnitError);
}
