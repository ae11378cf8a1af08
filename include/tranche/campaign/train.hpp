/// \file
/// Section `train` of campaign.yaml: which surrogates to train, in the user's own words.
/// Layer: campaign (pure). What a word means is known where trainings are (learn); here are only the words,
/// where they stand, and which trials they make. Decides nothing about the data: it may change between runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tranche/base/errors.hpp"

namespace tranche::campaign {

/// A value as written.
struct TrainValue {
  std::string text;
  SourcePlace where;
};

/// `key: value`, or `key: [value, ...]` in a sweep.
struct TrainKey {
  std::string key;
  SourcePlace where;
  std::vector<TrainValue> values;
};

struct TrainSpec {
  std::vector<TrainKey> settings;  ///< one value each
  std::vector<TrainValue> layers;  ///< one line each; empty: the preset's
  std::optional<SourcePlace> layers_where;
  std::vector<TrainKey> sweep;          ///< one value or more each
  std::optional<std::uint64_t> trials;  ///< so many of the sweep, instead of all
  std::optional<TrainValue> select;     ///< metric or expression, smallest wins; none: median
  std::uint64_t ensemble = 1;           ///< the best so many together
  bool curve = false;                   ///< error against the number of samples
  bool given = false;                   ///< the section is there
};

/// One word of one trial.
struct TrialWord {
  std::string key;
  SourcePlace key_where;
  TrainValue value;
};

inline constexpr std::uint64_t most_trials = 10'000;

/// Trials that the whole grid of the sweep has, at most 2^62.
std::uint64_t combinations(const TrainSpec& spec) noexcept;

/// Words of each trial: the settings, then those of the sweep, of which the last key runs fastest. With
/// `trials`, so many of the grid, spread over it by chance, the same ones each time, in the order of the
/// grid. \pre no more than most_trials of them
std::vector<std::vector<TrialWord>> expand(const TrainSpec& spec);

/// Sets `key` to one value: instead of what the settings or the sweep say.
void set_word(TrainSpec& spec, TrainKey word);
/// Sweeps `key`: instead of what the settings or the sweep say.
void sweep_word(TrainSpec& spec, TrainKey word);

}  // namespace tranche::campaign
