#include "tranche/campaign/train.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace tranche;
using campaign::TrainKey;
using campaign::TrainSpec;

namespace {

TrainKey word(const std::string& key, const std::vector<std::string>& values) {
  TrainKey made{key, {}, {}};
  for (const auto& value : values) made.values.push_back({value, {}});
  return made;
}

/// `a=1 b=2`.
std::vector<std::string> texts(const TrainSpec& spec) {
  std::vector<std::string> all;
  for (const auto& trial : campaign::expand(spec)) {
    std::string text;
    for (const auto& each : trial) text += (text.empty() ? "" : " ") + each.key + "=" + each.value.text;
    all.push_back(text);
  }
  return all;
}

}  // namespace

TEST_CASE("Without a sweep there is one trial, of the settings") {
  TrainSpec spec;
  CHECK(texts(spec) == std::vector<std::string>{""});
  spec.settings = {word("width", {"64"}), word("seed", {"3"})};
  CHECK(texts(spec) == std::vector<std::string>{"width=64 seed=3"});
}

TEST_CASE("A sweep is the grid of its values, the last key fastest") {
  TrainSpec spec;
  spec.settings = {word("epochs", {"2"})};
  spec.sweep = {word("width", {"64", "128"}), word("seed", {"1", "2", "3"})};
  CHECK(campaign::combinations(spec) == 6);
  CHECK(texts(spec) == std::vector<std::string>{"epochs=2 width=64 seed=1", "epochs=2 width=64 seed=2",
                                                "epochs=2 width=64 seed=3", "epochs=2 width=128 seed=1",
                                                "epochs=2 width=128 seed=2", "epochs=2 width=128 seed=3"});
}

TEST_CASE("`trials` takes so many different ones of the grid, always the same") {
  TrainSpec spec;
  std::vector<std::string> values;
  for (int k = 0; k < 100; ++k) values.push_back(std::to_string(k));
  spec.sweep = {word("a", values), word("b", values), word("c", values)};
  spec.trials = 40;
  const auto some = texts(spec);
  CHECK(some.size() == 40);
  CHECK(std::set<std::string>(some.begin(), some.end()).size() == 40);
  CHECK(texts(spec) == some);
  std::set<std::string> first;
  for (const auto& trial : campaign::expand(spec)) first.insert(trial.front().value.text);
  CHECK(first.size() > 20);  // spread over the grid, not its beginning

  spec.sweep = {word("a", {"1", "2"})};
  CHECK(texts(spec) == std::vector<std::string>{"a=1", "a=2"});  // there are no more
}

TEST_CASE("Grids too large to count have a size all the same") {
  TrainSpec spec;
  for (int k = 0; k < 40; ++k) spec.sweep.push_back(word("k" + std::to_string(k), {"1", "2", "3", "4"}));
  CHECK(campaign::combinations(spec) == std::uint64_t{1} << 62);
}

TEST_CASE("A word of the command line takes the place of what the file says of its key") {
  TrainSpec spec;
  spec.settings = {word("width", {"64"})};
  spec.sweep = {word("seed", {"1", "2"})};
  campaign::set_word(spec, word("seed", {"9"}));
  campaign::sweep_word(spec, word("width", {"32", "16"}));
  CHECK(texts(spec) == std::vector<std::string>{"seed=9 width=32", "seed=9 width=16"});
}
