// chosen.json and baselines.json.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "tranche/base/errors.hpp"
#include "tranche/learn/trial_json.hpp"
#include "tranche/models/leaderboard.hpp"

namespace tranche::models {
namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 1;
constexpr const char* again = "tranche models --select median NAME chooses again";

Json result_json(const learn::TrialResult& result) {
  return Json::parse(learn::record_to_json({learn::TrialSettings{}, result}));
}

learn::TrialResult result_of(const Json& document, const std::string& where) {
  return learn::record_from_json(document.dump(), where).result;
}

Json parsed(const std::string& text, const char* key, const std::string& where) {
  auto document = Json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains(key) || !document[key].is_number_integer())
    throw DamageError{where + ": is no JSON of this kind, or is cut off", again};
  if (document[key] > version)
    throw Failure{ExitCode::usage, where + ": is of a newer version", "use the tranche that wrote it"};
  return document;
}

double number(const Json& document, const char* key) {
  const auto found = document.find(key);
  return found != document.end() && found->is_number() ? found->get<double>()
                                                       : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

void write_choice(const directory::ModelPaths& paths, const Choice& choice) {
  Json document{{"tranche_choice", version},       {"model", paths.name()},
                {"trials", choice.trials},         {"select", choice.select},
                {"chosen_at", choice.chosen_at},   {"spread_scale", choice.spread_scale},
                {"coverage_1", choice.coverage_1}, {"coverage_2", choice.coverage_2}};
  for (const auto& name : metric_names()) document[name] = metric(choice.result, name);
  document["result"] = result_json(choice.result);
  directory::write_atomically(paths.choice(), document.dump(1) + "\n", directory::Durability::fsynced);
}

std::optional<Choice> read_choice(const directory::ModelPaths& paths) {
  const auto text = directory::read_file(paths.choice());
  if (!text) return std::nullopt;
  const auto where = paths.choice().string();
  const auto document = parsed(*text, "tranche_choice", where);
  Choice choice;
  try {
    choice.trials = document.at("trials").get<std::vector<std::uint64_t>>();
    choice.select = document.at("select").get<std::string>();
    choice.result = result_of(document.at("result"), where);
  } catch (const nlohmann::json::exception& error) {
    throw DamageError{where + ": " + error.what(), again};
  }
  choice.chosen_at = number(document, "chosen_at");
  choice.spread_scale = number(document, "spread_scale");
  choice.coverage_1 = number(document, "coverage_1");
  choice.coverage_2 = number(document, "coverage_2");
  return choice;
}

void write_baselines(const directory::ModelPaths& paths, const std::vector<Baseline>& baselines) {
  Json document{{"tranche_baselines", version}, {"baselines", Json::object()}};
  for (const auto& each : baselines) document["baselines"][each.name] = result_json(each.result);
  directory::write_atomically(paths.baselines(), document.dump(1) + "\n", directory::Durability::rename_only);
}

std::vector<Baseline> read_baselines(const directory::ModelPaths& paths) {
  const auto text = directory::read_file(paths.baselines());
  if (!text) return {};
  const auto where = paths.baselines().string();
  const auto document = parsed(*text, "tranche_baselines", where);
  const auto list = document.value("baselines", Json::object());
  std::vector<Baseline> baselines;
  for (const auto& [name, result] : list.items()) baselines.push_back({name, result_of(result, where)});
  return baselines;
}

}  // namespace tranche::models
