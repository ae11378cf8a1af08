#include "tranche/deck/deck.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace tranche;
using deck::Deck;
using deck::Kind;

namespace {

const std::vector<deck::Name> names{{"B", Kind::real},
                                    {"n", Kind::whole},
                                    {"field", Kind::level},
                                    {"rundir", Kind::text},
                                    {"gamma_max", Kind::real}};
const std::vector<deck::Value> values{{0.1}, {42}, {1, "torus"}, {0, "/scratch/run"}, {1e17}};

std::string filled(std::string_view text, const deck::Delimiters& delimiters = {}) {
  const auto parsed = Deck::parse(text, names, delimiters);
  REQUIRE(std::holds_alternative<Deck>(parsed));
  return std::get<Deck>(parsed).fill(values);
}

std::vector<deck::Mistake> mistakes(std::string_view text, const deck::Delimiters& delimiters = {}) {
  const auto parsed = Deck::parse(text, names, delimiters);
  REQUIRE(std::holds_alternative<std::vector<deck::Mistake>>(parsed));
  return std::get<std::vector<deck::Mistake>>(parsed);
}

}  // namespace

TEST_CASE("Names are replaced by values that read back exactly") {
  CHECK(filled("B = {B}\nn={n};{field} {rundir} {gamma_max}") == "B = 0.1\nn=42;torus /scratch/run 1e+17");
  CHECK(filled("nothing to fill in\n") == "nothing to fill in\n");
  CHECK(filled("").empty());
}

TEST_CASE("Formats are those of printf") {
  CHECK(filled("{B:%12.5e}|{B:%-8.2f}|{B:%+g}|{n:%05d}|{n:%i}|{n:%.1f}|{field:%d}|{field:%.1f}") ==
        " 1.00000e-01|0.10    |+0.1|00042|42|42.0|1|1.0");
  CHECK(filled("{gamma_max:%E} {B:%a}") == "1.000000E+17 0x1.999999999999ap-4");
}

TEST_CASE("Doubled delimiters stand for themselves, and others may be chosen") {
  CHECK(filled("{{\"B\": {B}, \"x\": {{}}}}") == "{\"B\": 0.1, \"x\": {}}");
  const deck::Delimiters angles{"<<", ">>"};
  CHECK(filled("{\"B\": <<B>>, \"n\": <<n:%d>>}", angles) == "{\"B\": 0.1, \"n\": 42}");
  CHECK(filled("a <<<< b < c > d", angles) == "a << b < c > d");
}

TEST_CASE("A name that is none gets a suggestion, and its place") {
  const auto found = mistakes("&in\n gmax = {gama_max}\n/");
  REQUIRE(found.size() == 1);
  CHECK(found[0].offset == 13);
  CHECK(found[0].what == "`gama_max` is no parameter, constant or derived value; did you mean `gamma_max`?");
  CHECK(found[0].fix == "{gamma_max}");
}

TEST_CASE("All mistakes of a text are told") {
  const auto found =
      mistakes("{B:%s} {n:%*d} {B:%d} {B:12} {rundir:%g} } {zzzz} {B:%ld} {B:%999f} { B\n{B:%.999e}{B:%}");
  std::vector<std::string> what;
  for (const auto& each : found) what.push_back(each.what);
  CHECK(what == std::vector<std::string>{
                    "the format `%s` of `B` has `s`, which is none of a e f g d i",
                    "the format `%*d` of `n` has `*`, which is none of a e f g d i",
                    "`B` is a real number, and `%d` is for whole ones",
                    "the format `12` of `B` does not begin with %", "`rundir` is a text and takes no format",
                    "a single }", "`zzzz` is no parameter, constant or derived value",
                    "the format `%ld` of `B` has `l`, which is none of a e f g d i",
                    "the format `%999f` of `B` is wider than 500", "{ without } in the same line",
                    "the format `%.999e` of `B` has more than 100 digits",
                    "the format `%` of `B` has no conversion, such as e, f, g or d"});
}

TEST_CASE("Every number of every size reads back as itself") {
  std::mt19937_64 engine{1};
  for (int k = 0; k < 20'000; ++k) {
    const std::uint64_t bits = engine();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    CHECK(std::strtod(deck::exact_number(value).c_str(), nullptr) == value);
  }
}

TEST_CASE("No text whatever makes the reader fail, and what it accepts can be filled in") {
  std::mt19937 engine{2};
  const std::string letters = "{{{}}}%Bn:.de0519-+ \n<>xf*s#";
  const deck::Delimiters angles{"<<", ">>"};
  int accepted = 0;
  for (int k = 0; k < 20'000; ++k) {
    std::string text;
    for (auto length = engine() % 24; length > 0; --length) text += letters[engine() % letters.size()];
    for (const auto& delimiters : {deck::Delimiters{}, angles}) {
      const auto parsed = Deck::parse(text, names, delimiters);
      if (const auto* good = std::get_if<Deck>(&parsed)) {
        ++accepted;
        CHECK(good->fill(values).size() < 3000);
        continue;
      }
      for (const auto& mistake : std::get<1>(parsed)) CHECK(mistake.offset <= text.size());
    }
  }
  CHECK(accepted > 1000);
}

TEST_CASE("Which names a text uses is known") {
  const auto parsed = Deck::parse("{n} {B:%e} {n:%d}", names);
  CHECK(std::get<Deck>(parsed).used() == std::vector<std::size_t>{0, 1});
}

TEST_CASE("Whole numbers are written as those who read integers expect them") {
  CHECK(deck::exact_number(100000) == "100000");
  CHECK(deck::exact_number(-2e6) == "-2000000");
  CHECK(deck::exact_number(9007199254740991) == "9007199254740991");
  CHECK(deck::exact_number(1e17) == "1e+17");
  CHECK(deck::exact_number(0.5) == "0.5");
}

TEST_CASE("A whole constant that has a fraction for once is not cut off") {
  const std::vector<deck::Name> names{{"n", deck::Kind::whole}};
  const auto deck = std::get<deck::Deck>(deck::Deck::parse("{n:%d} {n}", names, {}));
  CHECK(deck.fill(std::vector<deck::Value>{{3, {}}}) == "3 3");
  CHECK(deck.fill(std::vector<deck::Value>{{2.5, {}}}) == "2.5 2.5");
}
