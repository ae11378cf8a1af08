#include "tranche/base/text.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace tranche;

TEST_CASE("Numbers read as people write them") {
  CHECK(parse_number("1e5") == 1e5);
  CHECK(parse_number("200_000") == 200000.0);
  CHECK(parse_number("0.1%") == 0.001);
  CHECK(parse_number("12 %") == 0.12);
  CHECK(parse_number(" -3.5 ") == -3.5);
  CHECK(parse_number("+2") == 2.0);
  CHECK(parse_number("1e-3") == 1e-3);
}

TEST_CASE("What is no finite number is none") {
  for (const char* text : {"", "%", "nan", "inf", "-inf", "1e999", "1,000", "0x10", "1__0", "_1", "1_", "1e",
                           "3 4", "+-5", "five", "1.2.3"}) {
    INFO(text);
    CHECK_FALSE(parse_number(text));
  }
}

TEST_CASE("Counts are whole numbers up to 2^53") {
  CHECK(parse_count("1e5") == 100000u);
  CHECK(parse_count("200_000") == 200000u);
  CHECK(parse_count("9007199254740992") == 9007199254740992u);
  for (const char* text : {"-1", "1.5", "1e16", "5%", ""}) {
    INFO(text);
    CHECK_FALSE(parse_count(text));
  }
}

TEST_CASE("Durations are in seconds") {
  CHECK(parse_duration("90") == 90.0);
  CHECK(parse_duration("60 s") == 60.0);
  CHECK(parse_duration("10 ms") == 0.01);
  CHECK(parse_duration("30 min") == 1800.0);
  CHECK(parse_duration("1h30m") == 5400.0);
  CHECK(parse_duration("1 h 30 min") == 5400.0);
  CHECK(parse_duration("00:30:00") == 1800.0);
  CHECK(parse_duration("02:30") == 150.0);
  CHECK(parse_duration("1-00:00:00") == 86400.0);
  CHECK(parse_duration("1-02:30") == 86400.0 + 9000.0);
  CHECK(parse_duration("1.5 h") == 5400.0);
  for (const char* text : {"", "s", "10 parsecs", "1h30", "-5 s", "1:2:3:4", "a:b", "10 s s"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("Sizes are in bytes, powers of ten unless they say otherwise") {
  CHECK(parse_size("4096") == 4096u);
  CHECK(parse_size("2 GB") == 2'000'000'000u);
  CHECK(parse_size("512 MiB") == 536'870'912u);
  CHECK(parse_size("100 kB") == 100'000u);
  CHECK(parse_size("1.5 kB") == 1500u);
  for (const char* text : {"", "GB", "2 GX", "2 GB more", "-1 GB", "1e9 PB"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("Numbers print for people") {
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1234567) == "1 234 567");
  CHECK(format_duration(0.85) == "850 ms");
  CHECK(format_duration(12.3) == "12.3 s");
  CHECK(format_duration(59.99) == "1 min 00 s");
  CHECK(format_duration(250) == "4 min 10 s");
  CHECK(format_duration(7500) == "2 h 05 min");
  CHECK(format_duration(3 * 86400 + 4 * 3600) == "3 d 4 h");
  CHECK(format_duration(-1) == "unknown");
  CHECK(format_size(708) == "708 B");
  CHECK(format_size(1.4e6) == "1.4 MB");
  CHECK(format_size(2e9) == "2.0 GB");
  CHECK(format_share(0) == "0 %");
  CHECK(format_share(0.0005) == "0.05 %");
  CHECK(format_share(0.032) == "3.2 %");
  CHECK(format_share(0.21) == "21 %");
}

TEST_CASE("The nearest word is suggested, if it is near") {
  const std::vector<std::string> keys{"parameters", "range", "scale", "log10", "seed", "ask"};
  CHECK(did_you_mean("paramters", keys) == "parameters");
  CHECK(did_you_mean("rnage", keys) == "range");
  CHECK(did_you_mean("Scale", keys) == "scale");
  CHECK(did_you_mean("aks", keys) == "ask");
  CHECK(did_you_mean("log", keys) == "log10");
  CHECK_FALSE(did_you_mean("wibble", keys));
  CHECK_FALSE(did_you_mean("", keys));
  CHECK_FALSE(did_you_mean("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", keys));
}
