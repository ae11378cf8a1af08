/// \file
/// Tests of expression/expression.
#include "tranche/expression/expression.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <new>

using tranche::expression::Expression;
using tranche::expression::ExpressionError;
using Names = std::vector<std::string>;
using Catch::Matchers::Contains;

namespace {
std::atomic<long> allocations{0};
}

// Counting allocator of this program: evaluation must not allocate.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

/// Value with a = 2, b = 3, c = 5.
double value(const std::string& text) {
  const Names names{"a", "b", "c"};
  const std::vector<double> values{2, 3, 5};
  return Expression::compile(text, names)(values);
}

ExpressionError error_of(const std::string& text) {
  const Names names{"a", "b", "c"};
  try {
    Expression::compile(text, names);
  } catch (const ExpressionError& error) {
    return error;
  }
  FAIL("'" << text << "' compiled");
  std::abort();
}

}  // namespace

TEST_CASE("arithmetic has the usual precedence") {
  CHECK(value("a+b*c") == 17);
  CHECK(value("(a+b)*c") == 25);
  CHECK(value("c-b-a") == 0);
  CHECK(value("8/a/a") == 2);
  CHECK(value("-a") == -2);
  CHECK(value("+a - -b") == 5);
  CHECK(value("1.5e3") == 1500);
  CHECK(value("2.998E+10") == 2.998e10);
  CHECK(value("1e-3*a") == 0.002);
  CHECK(value(" a\t+ b ") == 5);
}

TEST_CASE("powers bind to the right and tighter than minus") {
  CHECK(value("a^b^a") == 512);
  CHECK(value("(a^b)^a") == 64);
  CHECK(value("-a^2") == -4);
  CHECK(value("a^-1") == 0.5);
  CHECK(value("a^2*b") == 12);
  CHECK(value("4^0.5") == 2);
}

TEST_CASE("log is natural, log10 is not") {
  CHECK(value("log(10)") == Approx(std::log(10.0)));
  CHECK(value("ln(10)") == Approx(std::log(10.0)));
  CHECK(value("log10(1000)") == Approx(3));
  CHECK(value("log2(8)") == Approx(3));
}

TEST_CASE("functions and constants are there") {
  CHECK(value("min(c,a,b)") == 2);
  CHECK(value("max(a,b,c)") == 5);
  CHECK(value("max(a)") == 2);
  CHECK(value("abs(-b)") == 3);
  CHECK(value("sqrt(16)") == 4);
  CHECK(value("cbrt(27)") == Approx(3));
  CHECK(value("exp(0)") == 1);
  CHECK(value("pow(a,b)") == 8);
  CHECK(value("atan2(1,1)") == Approx(std::atan(1.0)));
  CHECK(value("sin(pi/2)") == Approx(1));
  CHECK(value("cos(_pi)") == Approx(-1));
  CHECK(value("log(_e)") == Approx(1));
  CHECK(value("floor(2.7) + ceil(2.2) + round(2.5)") == 8);
  CHECK(value("sign(-3)") == -1);
  CHECK(value("tan(0)+asin(0)+acos(1)+atan(0)+sinh(0)+tanh(0)+asinh(0)+acosh(1)+atanh(0)+cosh(0)") == 1);
}

TEST_CASE("comparisons and logic give 1 or 0") {
  CHECK(value("a < b") == 1);
  CHECK(value("a > b") == 0);
  CHECK(value("a <= 2 && b >= 3") == 1);
  CHECK(value("a == 3 || b == 3") == 1);
  CHECK(value("a != 2") == 0);
  CHECK(value("b >= 2*a || c > a + b - 1") == 1);
  CHECK(value("a < b ? 10 : 20") == 10);
}

TEST_CASE("the campaign's own formulas work") {
  const Names names{"delta", "R", "gamma_min", "gamma_max", "z"};
  const std::vector<double> x{10, 1e16, 100, 1e5, 0.031};
  CHECK(Expression::compile("R*(1+z)/(2.998e10*delta)", names)(x) == Approx(1e16 * 1.031 / 2.998e11));
  const Expression constraint = Expression::compile("gamma_max >= 2*gamma_min", names);
  CHECK(constraint(x) == 1);
  CHECK(constraint.compares());
  CHECK(constraint.uses() == Names{"gamma_min", "gamma_max"});
  CHECK(constraint.text() == "gamma_max >= 2*gamma_min");
}

TEST_CASE("division by zero and roots of negatives are values") {
  CHECK(std::isinf(value("a/0")));
  CHECK(std::isnan(value("sqrt(-a)")));
  CHECK(std::isnan(value("log(-a)")));
  CHECK(std::isnan(value("min(a, sqrt(-1))")));
  CHECK(std::isnan(value("max(sqrt(-1), a)")));
  CHECK(value("sqrt(-1) > 0") == 0);
}

TEST_CASE("an unknown name is reported with its place") {
  const ExpressionError error = error_of("a + gama*b");
  CHECK(error.unknown_name() == "gama");
  CHECK(error.position() == 4);
  CHECK_THAT(error.what(), Contains("unknown name 'gama'"));
  CHECK(error_of("foo(a)").unknown_name() == "foo");
  CHECK(error_of("rnd").unknown_name() == "rnd");
  CHECK(error_of("a*B").unknown_name() == "B");  // case matters
}

TEST_CASE("errors say where") {
  CHECK(error_of("a + * b").position() == 4);
  CHECK(error_of("a + (b").position() == 6);
  CHECK_THAT(error_of("a + (b").what(), Contains("parenthesis"));
  CHECK(error_of("a + b)").position() == 5);
  CHECK(error_of("a b").position() == 2);
  CHECK(error_of("a +").position() == 3);
  CHECK_THAT(error_of("a +").what(), Contains("ends too early"));
  CHECK(error_of("").position() == 0);
  CHECK_THAT(error_of("sqrt(a,b)").what(), Contains("too many arguments"));
  CHECK_THAT(error_of("pow(a)").what(), Contains("too few arguments"));
  CHECK(error_of("200_000").unknown_name() == "_000");
  CHECK(error_of("1.2.3").position() <= 5);
  CHECK(error_of("a + #").position() == 4);
  CHECK(error_of("a \xc3\x97 b").position() == 2);
  CHECK(error_of("\"a\"").position() == 0);
  CHECK(error_of("!a").position() == 0);
  CHECK(error_of("a & b").position() == 2);
  CHECK(error_of("min()").unknown_name().empty());
}

TEST_CASE("what compiles elsewhere and means something else is refused") {
  CHECK(error_of("a = 3").position() == 2);
  CHECK_THAT(error_of("a = 3").what(), Contains("=="));
  CHECK(error_of("1 < a < 3").position() == 6);
  CHECK_THAT(error_of("(1 < a <= b)").what(), Contains("&&"));
  CHECK(error_of("a, b").position() == 1);
  CHECK_THROWS_AS(value("(a, b)"), ExpressionError);
  CHECK(value("1 < a && a < 3") == 1);
  CHECK(value("(1 < a) == (a < 3)") == 1);
  CHECK(value("min(a < b, b < c)") == 1);
}

TEST_CASE("a name of the language cannot be a parameter") {
  const Names names{"log", "a"};
  CHECK_THROWS_AS(Expression::compile("log*a", names), ExpressionError);
  CHECK_NOTHROW(Expression::compile("a", names));
  CHECK(tranche::expression::is_reserved("log10"));
  CHECK(tranche::expression::is_reserved("pi"));
  CHECK_FALSE(tranche::expression::is_reserved("e"));
  const Names reserved = tranche::expression::reserved_names();
  CHECK(std::is_sorted(reserved.begin(), reserved.end()));
  CHECK(std::find(reserved.begin(), reserved.end(), "sqrt") != reserved.end());
}

TEST_CASE("names that no formula can spell do no harm") {
  const Names names{"gamma-max", "2x", "", "a"};
  const std::vector<double> x{1, 2, 3, 4};
  CHECK(Expression::compile("a", names)(x) == 4);
  CHECK_THROWS_AS(Expression::compile("gamma-max", names), ExpressionError);
}

TEST_CASE("copies and moves are independent of the original") {
  const Names names{"a"};
  Expression first = Expression::compile("a*a", names);
  const Expression copy = first;
  const std::vector<double> three{3};
  const std::vector<double> four{4};
  CHECK(first(three) == 9);
  CHECK(copy(four) == 16);
  CHECK(first(three) == 9);
  const Expression moved = std::move(first);
  CHECK(moved(four) == 16);
  first = copy;
  CHECK(first(three) == 9);
  const std::function<double(std::span<const double>)> function = copy;
  const auto other = function;
  CHECK(other(four) == 16);
}

TEST_CASE("longer values than names are welcome") {
  const Names names{"a", "b"};
  CHECK(Expression::compile("a+b", names)(std::vector<double>{1, 2, 99}) == 3);
}

TEST_CASE("evaluation does not allocate") {
  const Names names{"delta", "R", "z"};
  const std::vector<double> x{10, 1e16, 0.031};
  for (const char* text :
       {"R", "2", "R*(1+z)/(2.998e10*delta)", "max(R,delta,z) > 3 && log10(R)^2 < 1e9", "R>1?z:2"}) {
    const Expression f = Expression::compile(text, names);
    const long before = allocations;
    double sum = 0;
    for (int i = 0; i < 1000; ++i) sum += f(x);
    const long after = allocations;
    INFO(text << " sum " << sum);
    CHECK(after == before);
  }
}

TEST_CASE("the decimal point does not follow the locale") {
  std::setlocale(LC_ALL, "de_DE.UTF-8");  // stays as it is where that locale is not installed
  CHECK(value("1.5*a") == 3);
  std::setlocale(LC_ALL, "C");
}
