#include "tranche/readout/numbers.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

using tranche::readout::read_number;

TEST_CASE("Numbers are read as C, Fortran and Python print them") {
  CHECK(read_number("1") == 1);
  CHECK(read_number("-2.5e-3") == -2.5e-3);
  CHECK(read_number("+.5") == 0.5);
  CHECK(read_number("1.0D+05") == 1e5);
  CHECK(read_number("1.0d5") == 1e5);
  CHECK(read_number("0.12-104") == 0.12e-104);
  CHECK(read_number("-0.12+104") == -0.12e104);
  CHECK(read_number("1e+17") == 1e17);
  CHECK(read_number("inf") == HUGE_VAL);
  CHECK(read_number("-Infinity") == -HUGE_VAL);
  CHECK(std::isnan(*read_number("NaN")));
  CHECK(read_number("1e-400") == 0);
  CHECK(read_number("-1e400") == -HUGE_VAL);
}

TEST_CASE("Words that are no numbers are not half a number") {
  for (const char* word : {"", "-", "+", "+-1", "1.2.3", "1e", "1e5x", "abc", "*****", "1,5", "0x10", "--1",
                           "1e--5", "e5", "1 2", "1-2-3", "nanx", "\xff\xfe"})
    CHECK_FALSE(read_number(word));
  CHECK_FALSE(read_number(std::string(1000, '1')));
}

TEST_CASE("Every double survives 17 digits, with any letter of the exponent") {
  std::mt19937_64 engine{3};
  for (int k = 0; k < 10'000; ++k) {
    const std::uint64_t bits = engine();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    char text[64];
    std::snprintf(text, sizeof text, "%.17g", value);
    CHECK(read_number(text) == value);
    std::string fortran = text;
    if (const auto letter = fortran.find('e'); letter != std::string::npos) fortran[letter] = 'D';
    CHECK(read_number(fortran) == value);
  }
}
