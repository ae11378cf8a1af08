#include "model_json.hpp"

#include "tranche/learn/trial_words.hpp"

namespace tranche::cli {
namespace {

using Kind = models::Standing::Kind;

Json settings_json(const learn::TrialSettings& settings) {
  Json document = Json::object();
  for (const auto& word : learn::to_words(settings, learn::Which::all)) document[word.key] = word.text;
  return document;
}

Json to_json(const models::Standing& standing, const models::Leaderboard& board) {
  static constexpr std::array<const char*, 3> kinds{"trial", "ensemble", "baseline"};
  Json document{{"kind", kinds[static_cast<std::size_t>(standing.kind)]},
                {"name", standing.kind == Kind::trial ? std::to_string(standing.trial) : standing.name},
                {"state", to_string(standing.state)},
                {"reason", standing.reason},
                {"chosen", standing.chosen}};
  for (const auto& name : models::metric_names())
    document[name] =
        standing.state == models::Standing::State::ok ? Json(models::metric(standing.result, name)) : Json{};
  if (standing.kind == Kind::trial) document["settings"] = settings_json(board.trials[standing.trial]);
  return document;
}

}  // namespace

Json to_json(const models::Leaderboard& board) {
  Json document{
      {"model", board.model}, {"output", board.output}, {"select", board.select}, {"rows", Json::array()}};
  for (const auto& each : board.standings) document["rows"].push_back(to_json(each, board));
  document["curve"] = board.curve.empty() ? Json{} : Json(board.curve);
  document["choice"] = nullptr;
  if (!board.choice) return document;
  document["choice"] = {{"trials", board.choice->trials},
                        {"select", board.choice->select},
                        {"chosen_at", board.choice->chosen_at},
                        {"file", "models/" + board.model + "/surrogate.h5"},
                        {"spread_scale", board.choice->spread_scale},
                        {"coverage_1", board.choice->coverage_1},
                        {"coverage_2", board.choice->coverage_2}};
  return document;
}

}  // namespace tranche::cli
