/// \file
/// Tests of units/unit_system, with the distribution's database.
#include "tranche/units/unit_system.hpp"

#include <catch2/catch.hpp>
#include <memory>

using tranche::units::Unit;
using tranche::units::UnitError;
using tranche::units::UnitSystem;

TEST_CASE("the units of astrophysical campaigns parse") {
  const UnitSystem system;
  for (const char* text :
       {"cm",     "erg s-1", "gauss",    "Hz",        "erg cm-2 s-1", "erg/s",       "erg.s^-1", "1",
        "",       " s ",     "eV",       "GeV",       "parsec",       "degree",      "K",        "10 km",
        "2.5 cm", "1e-7 W",  "1.5e-7 W", "m2.kg.s-2", "cm^-2",        "(erg/s)/cm2", "\xc2\xb5m"}) {
    INFO(text);
    CHECK_FALSE(system.parse_error(text));
  }
}

TEST_CASE("what is no unit is refused with a reason") {
  const UnitSystem system;
  for (const char* text :
       {"furlongs_per_moon", "erg ^2", "cm)", "cm(", "erg s -1", "cm^2.5", "cm-1.5", "???", "erg s-1 qqq"}) {
    INFO(text);
    const auto error = system.parse_error(text);
    REQUIRE(error);
    CHECK_THAT(*error, Catch::Contains(text) && Catch::Contains("is not a unit"));
    CHECK_THROWS_AS(system.parse(text), UnitError);
  }
}

TEST_CASE("units are convertible if they measure the same thing") {
  const UnitSystem system;
  CHECK(system.convertible("erg s-1", "W"));
  CHECK(system.convertible("cm", "parsec"));
  CHECK(system.convertible("Hz", "s-1"));
  CHECK_FALSE(system.convertible("cm", "gauss"));
  CHECK_FALSE(system.convertible("erg", "erg s-1"));
  CHECK_THROWS_AS(system.convertible("cm", "qqq"), UnitError);
}

TEST_CASE("equal units are the same up to spelling only") {
  const UnitSystem system;
  CHECK(system.parse("erg s-1").equals(system.parse("1e-7 W")));
  CHECK(system.parse("Hz").equals(system.parse("1/s")));
  CHECK_FALSE(system.parse("cm").equals(system.parse("m")));
  CHECK_FALSE(system.parse("K").equals(system.parse("degC")));
  CHECK_FALSE(system.parse("cm").equals(system.parse("s")));
}

TEST_CASE("plain numbers are dimensionless") {
  const UnitSystem system;
  CHECK(system.dimensionless("1"));
  CHECK(system.dimensionless(""));
  CHECK(system.dimensionless("percent"));
  CHECK_FALSE(system.dimensionless("cm"));
}

TEST_CASE("canonical forms agree for different spellings") {
  const UnitSystem system;
  CHECK(system.canonical("erg s-1") == system.canonical("erg/second"));
  CHECK(system.canonical("erg s-1") == "1e-07 W");
  CHECK(system.canonical("cm/cm") == "1");
  CHECK(system.canonical("") == "1");
}

TEST_CASE("units multiply, divide, rise and take roots") {
  const UnitSystem system;
  const Unit cm = system.parse("cm");
  CHECK(cm.times(cm)->equals(system.parse("cm2")));
  CHECK(cm.over(system.parse("s"))->equals(system.parse("cm s-1")));
  CHECK(cm.power(-3)->equals(system.parse("cm-3")));
  CHECK(cm.power(2)->root(2)->equals(cm));
  CHECK_FALSE(cm.root(2));
  CHECK_FALSE(cm.power(1000));
}

TEST_CASE("a unit outlives the system that made it") {
  auto system = std::make_unique<UnitSystem>();
  const Unit cm = system->parse("cm");
  system.reset();
  CHECK(cm.text() == "0.01 m");
  CHECK(cm.times(cm)->text() == "0.0001 m2");
}
