#include "tranche/models/leaderboard.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "tranche/base/errors.hpp"
#include "tranche/directory/owner.hpp"
#include "tranche/learn/trial_json.hpp"
#include "tranche/ledger/ledger.hpp"
#include "tranche/models/curve.hpp"
#include "tranche/models/settings.hpp"

namespace tranche::models {
namespace {

using State = Standing::State;
using Kind = Standing::Kind;

constexpr StageKey only_stage{1, 1};

bool at_work(const directory::CampaignPaths& trials) {
  const auto owner = directory::look_at_owner(trials).state;
  return owner == directory::OwnerState::alive || owner == directory::OwnerState::silent;
}

/// How trials ended that left no result; nobody else has the ledger open.
std::map<std::uint64_t, std::string> failures_of(const directory::CampaignPaths& trials) {
  std::map<std::uint64_t, std::string> failures;
  if (!std::filesystem::exists(trials.ledger())) return failures;
  const auto ledger = ledger::Ledger::open_to_read(trials.ledger().string());
  ledger.visit_not_ok(only_stage, [&](SampleIndex index, SampleState state, const std::string& reason) {
    failures[index] = std::string{tranche::to_string(state)} + "/" + reason;
  });
  return failures;
}

State state_of(learn::TrialEnd end) {
  switch (end) {
    case learn::TrialEnd::ok:
      return State::ok;
    case learn::TrialEnd::diverged:
      return State::diverged;
    case learn::TrialEnd::plateau:
      return State::plateau;
    case learn::TrialEnd::stopped:
      return State::stopped;
  }
  return State::stopped;
}

/// Positions in `standings`: those that are ok, best first, then the others.
std::vector<std::size_t> order_of(const std::vector<Standing>& standings, const std::string& select) {
  std::vector<learn::TrialResult> results;
  for (const auto& each : standings) {
    results.push_back(each.result);
    if (each.state != State::ok) results.back().end = learn::TrialEnd::stopped;
  }
  auto order = Selection{select}.ranking(results);
  for (std::size_t k = 0; k < standings.size(); ++k)
    if (standings[k].state != State::ok) order.push_back(k);
  return order;
}

std::vector<Standing> ranked(const std::vector<Standing>& standings, const std::string& select) {
  std::vector<Standing> sorted;
  for (const auto k : order_of(standings, select)) sorted.push_back(standings[k]);
  return sorted;
}

std::vector<Standing> trials_of(const directory::ModelPaths& paths, const Leaderboard& board) {
  const bool busy = at_work(paths.campaign());
  const auto failures = busy ? std::map<std::uint64_t, std::string>{} : failures_of(paths.campaign());
  const auto labels = labels_of(board.trials);
  std::vector<Standing> standings;
  for (std::uint64_t number = 0; number < board.trials.size(); ++number) {
    Standing standing;
    standing.trial = number;
    standing.label = labels[number];
    if (const auto text = directory::read_file(paths.result(number))) {
      standing.result = learn::record_from_json(*text, paths.result(number).string()).result;
      standing.state = state_of(standing.result.end);
    } else if (const auto failure = failures.find(number); failure != failures.end()) {
      standing.state = State::failed;
      standing.reason = failure->second;
    } else if (std::filesystem::exists(paths.trial(number))) {
      standing.state = busy ? State::running : State::stopped;
    }
    standing.chosen =
        board.choice && board.choice->trials.size() == 1 && board.choice->trials.front() == number;
    standings.push_back(std::move(standing));
  }
  return standings;
}

Standing ensemble_of(const Choice& choice) {
  Standing standing;
  standing.kind = Kind::ensemble;
  standing.name = "mean " + std::to_string(choice.trials.size());
  standing.state = State::ok;
  standing.result = choice.result;
  standing.chosen = true;
  for (const auto trial : choice.trials)
    standing.label += (standing.label.empty() ? "trials " : ", ") + std::to_string(trial);
  return standing;
}

Standing baseline_of(const Baseline& baseline) {
  Standing standing;
  standing.kind = Kind::baseline;
  standing.name = baseline.name;
  standing.state = State::ok;
  standing.result = baseline.result;
  standing.label = "baseline";
  return standing;
}

}  // namespace

std::string_view to_string(Standing::State state) noexcept {
  static constexpr std::array<std::string_view, 7> words{"ok",      "diverged", "plateau", "stopped",
                                                         "running", "waiting",  "failed"};
  return words[static_cast<std::size_t>(state)];
}

std::vector<learn::TrialResult> Leaderboard::results() const {
  std::vector<learn::TrialResult> all(trials.size());
  for (auto& each : all) each.end = learn::TrialEnd::stopped;
  for (const auto& standing : standings)
    if (standing.kind == Kind::trial && standing.state == State::ok) all[standing.trial] = standing.result;
  return all;
}

std::size_t Leaderboard::count(State state) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      standings, [&](const auto& each) { return each.kind == Kind::trial && each.state == state; }));
}

Leaderboard read_leaderboard(const directory::ModelPaths& paths, const std::string& select) {
  const auto text = directory::read_file(paths.settings());
  if (!text)
    throw Failure{ExitCode::usage, "there is no model `" + paths.name() + "`",
                  "tranche models lists them, tranche train makes one"};
  Leaderboard board;
  board.model = paths.name();
  board.trials = learn::trials_from_json(*text, paths.settings().string());
  board.choice = read_choice(paths);
  board.select = !select.empty() ? select : board.choice ? board.choice->select : "median";
  auto standings = trials_of(paths, board);
  if (board.choice && board.choice->trials.size() > 1) standings.push_back(ensemble_of(*board.choice));
  board.standings = ranked(standings, board.select);
  std::vector<Standing> baselines;
  for (const auto& each : read_baselines(paths)) baselines.push_back(baseline_of(each));
  for (auto& each : ranked(baselines, board.select)) board.standings.push_back(std::move(each));
  board.curve = curve_text(paths).value_or("");
  return board;
}

}  // namespace tranche::models
