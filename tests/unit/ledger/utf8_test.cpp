#include "utf8.hpp"

#include <catch2/catch.hpp>

using tranche::ledger::valid_utf8;

TEST_CASE("Valid texts stay as they are", "[ledger]") {
  for (const std::string text : {"", "plain", "gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac", "\xf0\x9f\x98\x80 end"})
    CHECK(valid_utf8(text) == text);
}

TEST_CASE("Bytes that are no UTF-8 become replacement characters one by one", "[ledger]") {
  const std::string r = "\xef\xbf\xbd";
  CHECK(valid_utf8("a\xff"
                   "b") == "a" + r + "b");
  CHECK(valid_utf8("cut \xe2\x82") == "cut " + r + r);
  CHECK(valid_utf8("\xc0\xaf") == r + r);                  // overlong
  CHECK(valid_utf8("\xed\xa0\x80") == r + r + r);          // surrogate
  CHECK(valid_utf8("\xf4\x90\x80\x80") == r + r + r + r);  // above U+10FFFF
  CHECK(valid_utf8(std::string_view{"a\0b", 3}) == "a" + r + "b");
}
