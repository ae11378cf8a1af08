#include "tranche/deck/words.hpp"

#include <catch2/catch.hpp>

using namespace tranche;

namespace {

std::vector<std::string> words(std::string_view line) {
  const auto split = deck::split_words(line);
  REQUIRE(std::holds_alternative<std::vector<deck::Word>>(split));
  std::vector<std::string> texts;
  for (const auto& word : std::get<std::vector<deck::Word>>(split)) texts.push_back(word.text);
  return texts;
}

}  // namespace

TEST_CASE("A command line is split as a shell would") {
  using List = std::vector<std::string>;
  CHECK(words("./mycode -i input.nml --B {B:%12.5e}") ==
        List{"./mycode", "-i", "input.nml", "--B", "{B:%12.5e}"});
  CHECK(words("  a 'b  c' \"d \\\" e\" f\\ g ''  ") == List{"a", "b  c", "d \" e", "f g", ""});
  CHECK(words("x='a b'c") == List{"x=a bc"});
  CHECK(words("").empty());
}

TEST_CASE("Words know where they began") {
  const auto split = std::get<std::vector<deck::Word>>(deck::split_words("./a  'b c' d"));
  CHECK(split[1].offset == 5);
  CHECK(split[2].offset == 11);
}

TEST_CASE("What needs a shell is a mistake with its place") {
  for (const std::string line : {"a | b", "a > f", "a $HOME", "a *.c", "a; b", "a `b`", "a & b", "~/a"}) {
    const auto split = deck::split_words(line);
    REQUIRE(std::holds_alternative<deck::Mistake>(split));
    CHECK(std::get<deck::Mistake>(split).offset == line.find_first_of("|>$*;`&~"));
  }
  CHECK(std::get<deck::Mistake>(deck::split_words("a 'b")).what == "a ' without its end");
  CHECK(words("a '$HOME' \\*") == std::vector<std::string>{"a", "$HOME", "*"});
}

TEST_CASE("Words become a line that a shell takes apart again") {
  CHECK(deck::shell_line({"./a", "-x=1e5", "b c", "it's", ""}) == "./a -x=1e5 'b c' 'it'\\''s' ''");
  CHECK(words("./a -x=1e5 'b c'") == std::vector<std::string>{"./a", "-x=1e5", "b c"});
}
