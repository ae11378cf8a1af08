/// \file
/// Tests of design/keyed_permutation.
#include "tranche/design/keyed_permutation.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <vector>

#include "tranche/design/hash.hpp"

using namespace tranche::design;

namespace {

std::vector<std::uint64_t> images(std::uint64_t size, std::uint64_t key, std::uint64_t count) {
  const KeyedPermutation permutation(size, key);
  std::vector<std::uint64_t> result;
  for (std::uint64_t j = 0; j < count; ++j) result.push_back(permutation(j));
  return result;
}

using Images = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("the permutation gives the published images") {
  CHECK(images(5, 42, 5) == Images{1, 0, 2, 3, 4});
  CHECK(images(10, 42, 10) == Images{9, 4, 5, 8, 6, 2, 1, 0, 3, 7});
  CHECK(images(1000, 42, 6) == Images{760, 189, 740, 889, 595, 341});
  CHECK(images(900000000, 42, 4) == Images{107448633, 460781343, 670097591, 275652986});
}

TEST_CASE("the shape is the smallest rectangle around the square root") {
  CHECK(PermutationShape(5).a == 3);
  CHECK(PermutationShape(5).b == 2);
  CHECK(PermutationShape(10).a == 4);
  CHECK(PermutationShape(10).b == 3);
  CHECK(PermutationShape(900000000).a == 30000);
  CHECK(PermutationShape(255).rounds == 24);
  CHECK(PermutationShape(256).rounds == 8);
  CHECK(PermutationShape(65535).rounds == 8);
  CHECK(PermutationShape(65536).rounds == 6);
  const std::uint64_t root = 3037000499;  // floor(sqrt(2^63)), beyond exact doubles when squared
  CHECK(PermutationShape(1'000'000'014'000'000'049).a == 1'000'000'007);
  CHECK(PermutationShape(1'000'000'014'000'000'050).a == 1'000'000'008);
  CHECK_THROWS_AS(PermutationShape(root * root), std::invalid_argument);
  CHECK_THROWS_AS(PermutationShape(0), std::invalid_argument);
}

TEST_CASE("every size up to 300, and some larger, is a bijection with its inverse") {
  std::vector<std::uint64_t> sizes{1000, 4095, 65535, 65536, 65537, 99991};
  for (std::uint64_t size = 1; size <= 300; ++size) sizes.push_back(size);
  for (const std::uint64_t size : sizes) {
    const KeyedPermutation permutation(size, hash(99, size));
    INFO("size " << size);
    std::vector<bool> hit(size);
    bool inverted = true;
    for (std::uint64_t j = 0; j < size; ++j) {
      const std::uint64_t m = permutation(j);
      REQUIRE(m < size);
      hit[m] = true;
      inverted = inverted && permutation.inverse(m) == j;
    }
    CHECK(inverted);
    CHECK(std::count(hit.begin(), hit.end(), true) == static_cast<std::ptrdiff_t>(size));
  }
}

TEST_CASE("a permutation of 2^40 elements inverts") {
  const KeyedPermutation permutation(1ULL << 40, 5);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t j = hash(6, i) >> 24;
    REQUIRE(permutation.inverse(permutation(j)) == j);
  }
}

TEST_CASE("all orders of a few elements are equally likely") {
  constexpr std::uint64_t keys = 60000;
  for (const std::uint64_t size : {2U, 3U, 4U, 5U}) {
    std::map<Images, double> counts;
    for (std::uint64_t key = 0; key < keys; ++key) ++counts[images(size, hash(1234, key), size)];
    double orders = 1;
    for (std::uint64_t k = 2; k <= size; ++k) orders *= static_cast<double>(k);
    const double expected = keys / orders;
    double chi_square = (orders - static_cast<double>(counts.size())) * expected;
    for (const auto& [order, count] : counts)
      chi_square += (count - expected) * (count - expected) / expected;
    INFO("size " << size << ", chi-square " << chi_square << " for " << orders - 1 << " degrees of freedom");
    CHECK(static_cast<double>(counts.size()) == orders);
    CHECK(chi_square < orders - 1 + 5 * std::sqrt(2 * (orders - 1)));
  }
}
