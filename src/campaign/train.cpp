#include "tranche/campaign/train.hpp"

#include <algorithm>

#include "tranche/design/keyed_permutation.hpp"

namespace tranche::campaign {
namespace {

constexpr std::uint64_t most_combinations = std::uint64_t{1} << 62;
constexpr std::uint64_t choice_key = 1;

void drop(std::vector<TrainKey>& keys, const std::string& key) {
  std::erase_if(keys, [&](const TrainKey& each) { return each.key == key; });
}

/// Which points of the grid are trials, ascending.
std::vector<std::uint64_t> chosen(const TrainSpec& spec) {
  const auto all = combinations(spec);
  const auto count = std::min(all, spec.trials.value_or(all));
  ensure(count <= most_trials, "trials are counted before they are listed");
  const design::KeyedPermutation order{all, choice_key};
  std::vector<std::uint64_t> points(count);
  for (std::uint64_t k = 0; k < count; ++k) points[k] = count == all ? k : order(k);
  std::ranges::sort(points);
  return points;
}

}  // namespace

std::uint64_t combinations(const TrainSpec& spec) noexcept {
  std::uint64_t all = 1;
  for (const auto& each : spec.sweep) {
    if (each.values.size() > most_combinations / all) return most_combinations;
    all *= each.values.size();
  }
  return all;
}

std::vector<std::vector<TrialWord>> expand(const TrainSpec& spec) {
  std::vector<std::vector<TrialWord>> trials;
  for (auto point : chosen(spec)) {
    std::vector<TrialWord> words;
    for (const auto& each : spec.settings) words.push_back({each.key, each.where, each.values.front()});
    const auto first = static_cast<std::ptrdiff_t>(words.size());
    for (auto each = spec.sweep.rbegin(); each != spec.sweep.rend(); ++each) {
      words.insert(words.begin() + first,
                   {each->key, each->where, each->values[point % each->values.size()]});
      point /= each->values.size();
    }
    trials.push_back(std::move(words));
  }
  return trials;
}

void set_word(TrainSpec& spec, TrainKey word) {
  drop(spec.settings, word.key);
  drop(spec.sweep, word.key);
  spec.settings.push_back(std::move(word));
}

void sweep_word(TrainSpec& spec, TrainKey word) {
  drop(spec.settings, word.key);
  drop(spec.sweep, word.key);
  spec.sweep.push_back(std::move(word));
}

}  // namespace tranche::campaign
