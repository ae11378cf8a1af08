#include "tranche/inspect/sketch.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <vector>

using namespace tranche::inspect;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();

TextStyle ascii() {
  TextStyle style;
  style.glyphs = Glyphs::ascii;
  return style;
}

SketchOptions small() {
  SketchOptions options;
  options.columns = 4;
  options.rows = 2;
  options.indent = 0;
  return options;
}

}  // namespace

TEST_CASE("A rising line rises", "[inspect]") {
  const std::vector<double> values{0, 1, 2, 3};
  CHECK(sketch_curve(values, small(), ascii()) ==
        "3 |  .'\n"
        "0 |.'\n");
}

TEST_CASE("Every line of a sketch has its row, in braille as in ASCII", "[inspect]") {
  std::vector<double> values(100);
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<double>(k % 13);
  SketchOptions options;
  options.from = "nu = 1";
  options.to = "2 Hz";
  for (const auto glyphs : {Glyphs::ascii, Glyphs::unicode}) {
    TextStyle style;
    style.glyphs = glyphs;
    const auto text = sketch_curve(values, options, style);
    CHECK(std::count(text.begin(), text.end(), '\n') == 9);
    CHECK_THAT(text, Catch::Contains("nu = 1") && Catch::Contains("2 Hz"));
  }
}

TEST_CASE("Values that are not finite leave gaps", "[inspect]") {
  CHECK(sketch_curve(std::vector<double>{gap, gap}, small(), ascii()).empty());
  CHECK(sketch_curve({}, small(), ascii()).empty());
  const auto text = sketch_curve(std::vector<double>{0, gap, gap, 3}, small(), ascii());
  CHECK(text ==
        "3 |   '\n"
        "0 |.\n");
}

TEST_CASE("A constant and a single value are drawn", "[inspect]") {
  CHECK_FALSE(sketch_curve(std::vector<double>{5, 5, 5}, small(), ascii()).empty());
  CHECK_FALSE(sketch_curve(std::vector<double>{0}, small(), ascii()).empty());
}

TEST_CASE("A floor does not set the range of logarithms, and labels are what they stand for", "[inspect]") {
  auto options = small();
  options.scale = ValueScale::log10;
  options.floor = -60;
  const auto text = sketch_curve(std::vector<double>{-60, 44, 45, -60}, options, ascii());
  CHECK_THAT(text, Catch::Contains("1e+45") && Catch::Contains("1e+44") && !Catch::Contains("e-60"));
}

TEST_CASE("A map is darker where values are larger", "[inspect]") {
  CHECK(sketch_map(std::vector<double>{0, 1, 2, 3}, 2, small(), ascii()) == " .\nO#\n");
  CHECK(sketch_map(std::vector<double>{0, 1}, 0, small(), ascii()).empty());
}
