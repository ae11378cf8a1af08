#include "tranche/atlas/index_sample.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace tranche;
using atlas::IndexSample;

TEST_CASE("a sample of few is all of them") {
  IndexSample sample{10};
  CHECK(sample.indices().empty());
  CHECK(sample.bound() == IndexSample::no_bound);
  for (const SampleIndex index : {7u, 3u, 900u}) sample.add(index);
  CHECK(sample.indices() == std::vector<SampleIndex>{3, 7, 900});
  CHECK(sample.bound() == IndexSample::no_bound);
  CHECK(sample.added() == 3);
}

TEST_CASE("of many it keeps as many as it may, the same ones in any order") {
  std::vector<SampleIndex> all(5000);
  for (std::size_t k = 0; k < all.size(); ++k) all[k] = 3 * k;
  IndexSample first{100};
  for (const auto index : all) first.add(index);
  std::shuffle(all.begin(), all.end(), std::mt19937_64{1});
  IndexSample second{100};
  for (const auto index : all) second.add(index);
  CHECK(first.size() == 100);
  CHECK(first.indices() == second.indices());
  CHECK(first.bound() == second.bound());
  CHECK(first.added() == 5000);
  const auto kept = first.indices();
  for (const auto index : all)
    CHECK((atlas::lot_of(index) <= first.bound()) == std::binary_search(kept.begin(), kept.end(), index));
}

TEST_CASE("samples of a set and of a part of it can be cut at the same place") {
  IndexSample part{50};
  IndexSample whole{400};
  for (SampleIndex index = 0; index < 8000; ++index) {
    whole.add(index);
    if (index % 3 == 0) part.add(index);
  }
  const auto bound = std::min(part.bound(), whole.bound());
  const auto of_part = part.indices(bound);
  std::vector<SampleIndex> thirds;
  for (const auto index : whole.indices(bound))
    if (index % 3 == 0) thirds.push_back(index);
  CHECK(thirds == of_part);
}

TEST_CASE("a sample that was published is the same again") {
  IndexSample sample{40};
  for (SampleIndex index = 0; index < 900; ++index) sample.add(index * index);
  const auto again = IndexSample::restored(sample.indices(), sample.added());
  CHECK(again.indices() == sample.indices());
  CHECK(again.bound() == sample.bound());
  CHECK(IndexSample::restored({1, 2}, 2).bound() == IndexSample::no_bound);
  CHECK(IndexSample::restored({}, 5).bound() == 0);
}

TEST_CASE("what is kept is spread evenly over the indices") {
  IndexSample sample{4000};
  for (SampleIndex index = 0; index < 100'000; ++index) sample.add(index);
  int tenths[10] = {};
  for (const auto index : sample.indices()) ++tenths[index / 10'000];
  for (const int count : tenths) CHECK(std::abs(count - 400) < 100);  // five standard deviations
}

TEST_CASE("a sample of none remembers how many there were") {
  IndexSample sample{0};
  sample.add(5);
  CHECK(sample.size() == 0);
  CHECK(sample.bound() == 0);
}
