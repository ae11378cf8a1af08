#include "selection.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "index_list.hpp"
#include "tranche/learn/hold_out.hpp"

using namespace tranche;
using namespace tranche::trainer;

namespace {

std::vector<SampleIndex> first(std::size_t count) {
  std::vector<SampleIndex> all(count);
  std::iota(all.begin(), all.end(), SampleIndex{0});
  return all;
}

}  // namespace

TEST_CASE("what is held out is never learned from, nor checked, whatever the fraction and the patience") {
  const auto all = first(20'000);
  for (const double fraction : {1.0, 0.3})
    for (const std::uint64_t patience : {0u, 5u}) {
      learn::TrialSettings settings;
      settings.fraction = fraction;
      settings.patience = patience;
      const auto selection = select(settings, to_learn_from(settings, all));
      for (const auto* list : {&selection.learned, &selection.checked}) {
        CHECK(std::is_sorted(list->begin(), list->end()));
        CHECK(std::none_of(list->begin(), list->end(),
                           [](auto index) { return learn::is_held_out(index, 0.1); }));
      }
      CHECK(static_cast<double>(selection.learned.size()) ==
            Approx(18'000 * fraction * (patience > 0 ? 0.95 : 1)).epsilon(0.05));
      CHECK(common(selection.learned, selection.checked).empty() == (patience > 0));
      CHECK_FALSE(selection.checked.empty());
    }
}

TEST_CASE("a smaller fraction is a part of a larger one") {
  const auto all = first(5'000);
  learn::TrialSettings small;
  small.fraction = 0.2;
  learn::TrialSettings large;
  large.fraction = 0.5;
  const auto few = to_learn_from(small, all);
  CHECK(common(few, to_learn_from(large, all)) == few);
}

TEST_CASE("the hold-out is the hash's, thinned evenly if it is large") {
  const auto all = first(20'000);
  const learn::TrialSettings settings;
  const auto whole = held_out(settings, all, 1'000'000);
  CHECK(static_cast<double>(whole.size()) == Approx(2'000).epsilon(0.1));
  CHECK(std::all_of(whole.begin(), whole.end(), [](auto index) { return learn::is_held_out(index, 0.1); }));
  const auto some = held_out(settings, all, 100);
  CHECK(some.size() == 100);
  CHECK(common(some, whole) == some);
  CHECK(some.back() > 19'000);
}

TEST_CASE("two samples are enough to have one on each side") {
  learn::TrialSettings settings;
  settings.patience = 1;
  const auto selection = select(settings, {3, 4});
  CHECK(selection.learned.size() == 1);
  CHECK(selection.checked.size() == 1);
}
