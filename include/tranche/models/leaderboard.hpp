/// \file
/// The trials of a model with what they came to: read from its folder, ranked, as text.
/// Layer: application library (directory, ledger). Reads files only; works while the trials run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tranche/directory/models.hpp"
#include "tranche/inspect/text_style.hpp"
#include "tranche/learn/trial.hpp"
#include "tranche/models/selection.hpp"

namespace tranche::models {

/// What was chosen of a model's trials, and how good it is together.
struct Choice {
  std::vector<std::uint64_t> trials;  ///< best first; several are an ensemble
  std::string select;
  double chosen_at = 0;  ///< Unix time
  learn::TrialResult result;
  double spread_scale = 0;  ///< ensemble: error bar = this times the members' standard deviation; else NaN
  double coverage_1 = 0;  ///< share of errors within one error bar, on samples that did not set it; else NaN
  double coverage_2 = 0;
};

void write_choice(const directory::ModelPaths& paths, const Choice& choice);
/// Nothing if none has been chosen. \throws DamageError
std::optional<Choice> read_choice(const directory::ModelPaths& paths);

struct Standing {
  enum class State : std::uint8_t { ok, diverged, plateau, stopped, running, waiting, failed };
  enum class Kind : std::uint8_t { trial, ensemble, baseline };

  Kind kind = Kind::trial;
  std::uint64_t trial = 0;
  std::string name;  ///< of an ensemble or a baseline
  State state = State::waiting;
  std::string reason;  ///< failed: as in the ledger of the trials
  std::string label;   ///< what tells it from the other trials
  learn::TrialResult result;
  bool chosen = false;
};
std::string_view to_string(Standing::State state) noexcept;

struct Leaderboard {
  std::string model;
  std::string output;
  std::string select;  ///< what ranks it
  std::vector<learn::TrialSettings> trials;
  std::vector<Standing> standings;  ///< best first, then those without a result; baselines last
  std::optional<Choice> choice;
  std::string curve;  ///< what more samples would bring, in words; may be empty

  /// Of trials, by number.
  std::vector<learn::TrialResult> results() const;
  std::size_t count(Standing::State state) const;
};

/// A baseline and how good it is.
struct Baseline {
  std::string name;
  learn::TrialResult result;
};
void write_baselines(const directory::ModelPaths& paths, const std::vector<Baseline>& baselines);
/// None if they have not been computed. \throws DamageError
std::vector<Baseline> read_baselines(const directory::ModelPaths& paths);

/// `select`: what ranks; empty: what it was chosen by, or median. \throws DamageError, Failure{usage}
Leaderboard read_leaderboard(const directory::ModelPaths& paths, const std::string& select);

/// Two tables of the same rows: errors, then what they cost and how they differ. At most style.width wide.
std::string leaderboard_text(const Leaderboard& board, const inspect::TextStyle& style);

}  // namespace tranche::models
