/// \file
/// trials.json and result.json: docs/formats/trials.md.
/// Layer: learn (nlohmann-json, inside).
#pragma once

#include <string>
#include <vector>

#include "tranche/learn/trial.hpp"

namespace tranche::learn {

/// Of trials.json; a file that says a later one is refused.
inline constexpr int trials_version = 1;

/// One object: every key that differs from the default.
std::string settings_to_json(const TrialSettings& settings);
/// Inverse. \throws DamageError naming `where` and the key
TrialSettings settings_from_json(const std::string& text, const std::string& where);

/// {"tranche_trials": 1, "trials": [...]}, one line a trial.
std::string trials_to_json(const std::vector<TrialSettings>& trials);
/// `where`: the file, for messages. \throws DamageError naming the trial and the key; Failure{usage} if the
/// version is newer than ours
std::vector<TrialSettings> trials_from_json(const std::string& text, const std::string& where);

/// What a trial was and came to.
struct TrialRecord {
  TrialSettings settings;
  TrialResult result;
};

/// Flat, so that a campaign's outputs can name each number: end, early, r2, mse, mean, median, p95, p99, max,
/// roughness, points, judged, samples, held_out, parameters, epochs, cpu_s, latency_us; settings inside
/// `settings`. What is no number stands as null.
std::string record_to_json(const TrialRecord& record);
/// Inverse; null is NaN. \throws as trials_from_json
TrialRecord record_from_json(const std::string& text, const std::string& where);

}  // namespace tranche::learn
