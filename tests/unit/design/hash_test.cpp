/// \file
/// Tests of design/hash. The vectors are those of the nested Latin hypercube's section 11.
#include "tranche/design/hash.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace tranche::design;

TEST_CASE("the hash gives the published words") {
  CHECK(mix(1) == 0x5692161d100b05e5ULL);
  CHECK(hash(0, 0) == 0xe220a8397b1dcdafULL);
  CHECK(hash(0x0123456789abcdefULL, 7) == 0x8931545f4f9ea651ULL);
}

TEST_CASE("range stays below n and reaches both ends") {
  for (const std::uint64_t n : {1ULL, 2ULL, 3ULL, 1000ULL, 4294967295ULL}) {
    CHECK(range(0, n) == 0);
    CHECK(range(~0ULL, n) == n - 1);
  }
}

TEST_CASE("streams of a seed do not collide with each other or with dimensions") {
  std::set<std::uint64_t> keys;
  for (const Stream s : {Stream::sample_seed, Stream::visit_order, Stream::survey})
    keys.insert(stream_key(7, s));
  for (std::uint64_t j = 0; j < 1000; ++j) keys.insert(hash(root_key(7), j));
  CHECK(keys.size() == 1003);
}
