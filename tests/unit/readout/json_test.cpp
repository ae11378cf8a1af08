#include "tranche/readout/json.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace tranche;
using readout::Numbers;

namespace {

Numbers good(std::string_view text, std::string_view pointer) {
  const auto result = readout::read_json(text, pointer, "out.json");
  REQUIRE(std::holds_alternative<Numbers>(result));
  return std::get<Numbers>(result);
}

std::string bad(std::string_view text, std::string_view pointer) {
  const auto result = readout::read_json(text, pointer, "out.json");
  REQUIRE(std::holds_alternative<readout::Fault>(result));
  return std::get<readout::Fault>(result).reason + ": " + std::get<readout::Fault>(result).message;
}

}  // namespace

TEST_CASE("Numbers and lists of them are found by a pointer") {
  const char* text = R"({"a": {"b": [1, 2.5, -3e-5]}, "n": 7, "t": true, "m": [[1, 2], [3, 4]]})";
  CHECK(good(text, "/a/b") == Numbers{1, 2.5, -3e-5});
  CHECK(good(text, "/a/b/1") == Numbers{2.5});
  CHECK(good(text, "/n") == Numbers{7});
  CHECK(good(text, "/t") == Numbers{1});
  CHECK(good(text, "/m") == Numbers{1, 2, 3, 4});
  CHECK(good("[5, 6]", "") == Numbers{5, 6});
  CHECK(std::isnan(good(R"({"x": "NaN"})", "/x")[0]));
}

TEST_CASE("An object with a value is that value, and has a unit") {
  std::string unit = "before";
  const auto found = readout::read_json(R"({"L": {"value": [1, 2], "unit": "W"}})", "/L", "out.json", &unit);
  CHECK(std::get<Numbers>(found) == Numbers{1, 2});
  CHECK(unit == "W");
  CHECK(good(R"({"L": {"value": 3}})", "/L") == Numbers{3});
  CHECK(bad(R"({"L": {"value": "x"}})", "/L") == "parse: out.json: /L/value is `\"x\"`, not a number");
}

TEST_CASE("What Python writes for numbers that JSON has not is read") {
  const auto numbers = good(R"({"a": [NaN, Infinity, -Infinity, 1], "NaN \" Infinity": "Infinity"})", "/a");
  CHECK(std::isnan(numbers[0]));
  CHECK(numbers[1] == std::numeric_limits<double>::infinity());
  CHECK(numbers[2] == -std::numeric_limits<double>::infinity());
  CHECK(good(R"({"NaN \" Infinity": 2})", "/NaN \" Infinity") == Numbers{2});
}

TEST_CASE("JSON that no reader should trust is an answer like any other") {
  CHECK(bad(R"({"a": 1e999})", "/a") == "parse: out.json: a number beyond 1.8e308");
  CHECK(bad(std::string(200'000, '['), "/a") == "parse: out.json: brackets in brackets, deeper than 64");
  CHECK(good(std::string(60, '[') + "3" + std::string(60, ']'), "") == Numbers{3});
}

TEST_CASE("What is not there, or no number, is told") {
  CHECK(bad(R"({"a": 1})", "/b") == "no_output: out.json: there is no /b");
  CHECK(bad(R"({"a": [1, "two"]})", "/a") == "parse: out.json: /a/1 is `\"two\"`, not a number");
  CHECK(bad(R"({"a": null})", "/a") == "parse: out.json: /a is `null`, not a number");
  CHECK(bad(R"({"a": "1"})", "/a") == "parse: out.json: /a is `\"1\"`, not a number");
  CHECK(bad(R"({"a": 1)", "/a") == "parse: out.json: not JSON at byte 8");
  CHECK(bad("\xff\xfe", "/a").starts_with("parse: out.json: not JSON at byte"));
  CHECK(bad("", "/a").starts_with("parse: out.json: not JSON at byte"));
}
