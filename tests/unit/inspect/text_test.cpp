#include <catch2/catch.hpp>

#include "tranche/inspect/text_style.hpp"
#include "tranche/inspect/text_table.hpp"

using namespace tranche::inspect;

TEST_CASE("Width counts characters, not bytes and not colours", "[inspect]") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\xe2\x94\xa4\xc2\xb5") == 2);
  TextStyle style;
  style.color = Color::on;
  CHECK(display_width(style.red("abc")) == 3);
  CHECK(padded(style.red("abc"), 5).ends_with("  "));
  style.color = Color::off;
  CHECK(style.red("abc") == "abc");
}

TEST_CASE("A cut text ends in dots and does not cut a character", "[inspect]") {
  CHECK(shortened("short", 5) == "short");
  CHECK(shortened("much longer", 8) == "much ...");
  CHECK(shortened("\xc2\xb5\xc2\xb5\xc2\xb5\xc2\xb5\xc2\xb5\xc2\xb5", 5) == "\xc2\xb5\xc2\xb5...");
}

TEST_CASE("Wrapped lines stay within the width and keep a number with its unit", "[inspect]") {
  CHECK(wrapped("one two three", 9, 2) == "one two\n  three");
  CHECK(wrapped("it takes 4.7 ms now", 12, 0) == "it takes\n4.7 ms now");
  CHECK(wrapped("", 10, 2).empty());
}

TEST_CASE("Numbers for people", "[inspect]") {
  CHECK(format_value(0) == "0");
  CHECK(format_value(1e18) == "1e+18");
  CHECK(format_value(0.031) == "0.031");
  CHECK(format_amount(0) == "0");
  CHECK(format_amount(1e-7) == "<0.01");
  CHECK(format_amount(1234) == "1 234");
  CHECK(format_core_hours(0.5) == "30 min 00 s of one core");
  CHECK(format_core_hours(42) == "42.0 core hours");
}

TEST_CASE("A bar is filled by its share, and never beyond", "[inspect]") {
  TextStyle ascii;
  ascii.glyphs = Glyphs::ascii;
  CHECK(bar(0.5, 4, ascii) == "[##..]");
  CHECK(bar(7, 4, ascii) == "[####]");
  CHECK(bar(-1, 4, ascii) == "[....]");
}

TEST_CASE("A table lines up, and leaves empty columns out", "[inspect]") {
  TextTable table{{{"name"}, {"unused"}, {"count", Align::right}}};
  table.add({"a", "", "1"});
  table.add({"bcdef", "", "1 000"});
  CHECK(table.text(TextStyle{}, 1) ==
        " name   count\n"
        " a          1\n"
        " bcdef  1 000\n");
  CHECK(TextTable{{{"name"}}}.text(TextStyle{}).empty());
}
