#include "file_text.hpp"

#include <catch2/catch.hpp>

using namespace tranche::cli;

TEST_CASE("some lines of a file are shown, and how many are not") {
  CHECK(file_text("deck", "a\nb\n", Part::beginning, 2) == "  deck:\n    a\n    b\n");
  CHECK(file_text("deck", "a\nb\nc", Part::beginning, 1) == "  deck:\n    a\n    ... 2 more lines\n");
  CHECK(file_text("stderr", "a\nb\nc\n", Part::end, 2) == "  stderr:\n    ... 1 more line\n    b\n    c\n");
  CHECK(file_text("deck", "", Part::end, 2) == "  deck:\n");
}

TEST_CASE("what a terminal would obey is replaced, and long lines are cut") {
  CHECK(file_text("f", "\x1b[31mred\tx\r\n", Part::end, 9) == "  f:\n    ?[31mred\tx?\n");
  const auto text = file_text("f", std::string(1000, 'x'), Part::end, 9);
  CHECK(text.size() < 250);
  CHECK(text.find("xx...\n") != std::string::npos);
}
