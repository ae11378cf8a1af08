/// \file
/// The keys of a training and what may stand behind them: the same words in campaign.yaml, on the command
/// line, in trials.json and in every table. Layer: learn (pure).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tranche/learn/trial.hpp"

namespace tranche::learn {

/// How a value stands in JSON. Its text is the same in all cases.
enum class KeyKind : std::uint8_t { text, number, lines };

struct TrialKey {
  std::string key;
  std::string help;  ///< one line: what it is, what it takes, what it is otherwise
  KeyKind kind = KeyKind::text;
};

/// In the order in which people read them.
const std::vector<TrialKey>& trial_keys();

/// Sets one key from its text: numbers as in campaign.yaml (`1e5 200_000 10%`), `minutes` and `checkpoint`
/// durations too, `layers` with a line or a `;` between two layers. Nothing if done; else what is wrong, and
/// `settings` is as it was. Of `minutes` and `epochs` the one set last counts; `layers` sets `preset:
/// layers`, a later `preset` wins.
std::optional<std::string> set(TrialSettings& settings, const std::string& key, const std::string& text);

struct TrialWord {
  std::string key;
  std::string text;
  bool operator==(const TrialWord&) const = default;
};

/// changed: what differs from TrialSettings{}.
enum class Which : std::uint8_t { changed, all };

/// Inverse of set(): exact, in the order of trial_keys(). What is not set (`minutes`, `epochs`, `layers`) has
/// no word.
std::vector<TrialWord> to_words(const TrialSettings& settings, Which which);

/// What set() cannot see in one key alone: layers that are missing or do not fit, a network too large to
/// train. inputs: parameters of the campaign.
std::optional<std::string> problem_of(const TrialSettings& settings, std::uint64_t inputs);

/// What is allowed and seldom meant: a sentence each, with what to write instead.
std::vector<std::string> warnings_of(const TrialSettings& settings);

}  // namespace tranche::learn
