#include "tranche/readout/text.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace tranche;
using readout::Fault;
using readout::Numbers;

namespace {

Fault fault_of(const auto& result) {
  REQUIRE(std::holds_alternative<Fault>(result));
  return std::get<Fault>(result);
}

}  // namespace

TEST_CASE("Columns are found between blanks, tabs, commas and semicolons") {
  const auto table =
      readout::read_table("nu,flux\n# made by hand\n1, 10\n\n2;\t20\r\n  3 3.0D1 text\n", {2, 1, 1}, "a.csv");
  CHECK(std::get<readout::Table>(table).values == Numbers{10, 20, 30});
  CHECK(std::get<readout::Table>(table).axis == Numbers{1, 2, 3});
}

TEST_CASE("What is wrong with a row is told with its line") {
  auto fault = fault_of(readout::read_table("1 2\n3 abc\n", {2, 0, 0}, "s.dat"));
  CHECK(fault.reason == "parse");
  CHECK(fault.message == "s.dat:2: `abc` in column 2 is not a number");
  fault = fault_of(readout::read_table("1 2\n3\n", {2, 0, 0}, "s.dat"));
  CHECK(fault.message == "s.dat:2: there is no column 2, only 1");
  fault = fault_of(readout::read_table("1 ******\n", {2, 0, 0}, "s.dat"));
  CHECK(fault.message == "s.dat:1: `******` in column 2 is not a number");
}

TEST_CASE("An empty field stays a field") {
  const auto second = [](const char* line) { return readout::read_table(line, {2, 0, 0}, "a.csv"); };
  CHECK(fault_of(second("2,,222,9\n")).message == "a.csv:1: nothing in column 2 is not a number");
  CHECK(fault_of(second("2;  ; 222\n")).message == "a.csv:1: nothing in column 2 is not a number");
  CHECK(std::get<readout::Table>(second(",5,6\n")).values == Numbers{5});
  CHECK(std::get<readout::Table>(second(" 4 , 5 ;6\n")).values == Numbers{5});
  CHECK(fault_of(second("4,\n")).message == "a.csv:1: there is no column 2, only 1");
}

TEST_CASE("A number with commas in it is not taken for its first digits") {
  const auto fault = fault_of(readout::read_key("y = 1,234.5\n", "y", 1, "stdout"));
  CHECK(fault.message == "stdout:1: `1,234.5` behind `y` is not one number");
  CHECK(std::get<Numbers>(readout::read_key("y = 1,2\n", "y", 2, "stdout")) == Numbers{1, 2});
  CHECK(std::get<Numbers>(readout::read_key("y = 1, 2\n", "y", 1, "stdout")) == Numbers{1});
}

TEST_CASE("A key is found at the beginning of a line, the last time it stands there") {
  const std::string text =
      "start\n L_bol = 1.0\n# L_bol: 2.5e45 erg/s\nL_bolometric = 7\nx L_bol = 9\nv = 1, 2, 3,\n";
  CHECK(std::get<Numbers>(readout::read_key(text, "L_bol", 1, "stdout")) == Numbers{2.5e45});
  CHECK(std::get<Numbers>(readout::read_key(text, "v", 3, "stdout")) == Numbers{1, 2, 3});
  std::string behind;
  CHECK(std::get<Numbers>(readout::read_key(text, "L_bol", 1, "stdout", &behind)) == Numbers{2.5e45});
  CHECK(behind == "erg/s");
  CHECK(fault_of(readout::read_key(text, "M", 1, "stdout")).message ==
        "stdout: no line begins with `M` and = or :");
  CHECK(fault_of(readout::read_key("a = b\n", "a", 1, "stdout")).message ==
        "stdout:1: `b` behind `a` is not a number");
  const auto fault = fault_of(readout::read_key(text, "v", 4, "stdout"));
  CHECK(fault.reason == "wrong_length");
  CHECK(fault.message == "stdout:6: 3 numbers behind `v`, 4 are due");
}

TEST_CASE("Binary garbage is an answer like any other") {
  std::mt19937 engine{4};
  for (int k = 0; k < 2000; ++k) {
    std::string text;
    for (auto length = engine() % 200; length > 0; --length) text += static_cast<char>(engine());
    for (const auto& result :
         {readout::read_table(text, {1, 0, 0}, "f"), readout::read_table(text, {2, 1, 2}, "f")})
      if (const auto* fault = std::get_if<Fault>(&result)) {
        CHECK(fault->reason == "parse");
        for (const char c : fault->message) CHECK((c >= ' ' && c <= '~'));
      }
    CHECK(std::holds_alternative<Fault>(readout::read_key(text, "key", 1, "f")));
  }
}

TEST_CASE("As many numbers as are due, or a fault") {
  CHECK(std::holds_alternative<Numbers>(readout::of_length({1, 2}, 2, "f", "values")));
  CHECK(fault_of(readout::of_length({1, 2}, 3, "f", "values in column 2")).message ==
        "f: 2 values in column 2, 3 are due");
}
