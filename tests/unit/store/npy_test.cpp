#include "npy.hpp"

#include <catch2/catch.hpp>

using namespace tranche::store;

TEST_CASE("an array header is padded to 64 bytes and ends in a new line") {
  for (const std::uint64_t rows : {0ull, 7ull, 123456789012ull}) {
    const std::vector<std::uint64_t> shape{rows, 177};
    const std::string header = npy::header("<f4", shape);
    CHECK(header.size() % 64 == 0);
    CHECK(header.back() == '\n');
    CHECK(header.find("'shape': (" + std::to_string(rows) + ",177,)") != std::string::npos);
  }
}

TEST_CASE("texts become code points of equal length") {
  const std::vector<std::string> texts{"a", "\xce\xb3_e", ""};  // the second begins with a Greek gamma
  const std::string array = npy::text_array(texts);
  CHECK(array.find("'<U3'") != std::string::npos);
  const std::string body = array.substr(array.size() - 36);
  CHECK(body.substr(0, 12) == std::string("a\0\0\0\0\0\0\0\0\0\0\0", 12));
  CHECK(body.substr(12, 8) == std::string("\xb3\x03\0\0_\0\0\0", 8));
}
