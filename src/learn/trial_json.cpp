#include "tranche/learn/trial_json.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/learn/trial_words.hpp"

namespace tranche::learn {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void damaged(const std::string& where, const std::string& what) {
  throw DamageError{where + ": " + what, "train again: tranche train"};
}

Json lines_of(const std::string& text) {
  Json lines = Json::array();
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

KeyKind kind_of(const std::string& key) {
  const auto& keys = trial_keys();
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const TrialKey& one) { return one.key == key; });
  return found != keys.end() ? found->kind : KeyKind::text;
}

/// `off` and `all` stand as they are among numbers.
Json value_of(const TrialWord& word) {
  const auto kind = kind_of(word.key);
  if (kind == KeyKind::lines) return lines_of(word.text);
  if (kind == KeyKind::text) return word.text;
  if (const auto count = parse_count(word.text)) return *count;
  if (const auto number = parse_number(word.text)) return *number;
  return word.text;
}

Json object_of(const TrialSettings& settings) {
  Json object = Json::object();
  for (const auto& word : to_words(settings, Which::changed)) object[word.key] = value_of(word);
  return object;
}

std::string text_of(const Json& value, const std::string& where, const std::string& key) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  if (kind_of(key) != KeyKind::lines || !value.is_array())
    damaged(where, key + ": is neither a number nor a text");
  std::string lines;
  for (const auto& line : value) {
    if (!line.is_string()) damaged(where, key + ": a line is no text");
    lines += line.get<std::string>() + '\n';
  }
  return lines;
}

TrialSettings settings_of(const Json& object, const std::string& where) {
  if (!object.is_object()) damaged(where, "no object with the keys of a training");
  TrialSettings settings;
  for (const auto& [key, value] : object.items())
    if (const auto problem = set(settings, key, text_of(value, where, key))) damaged(where, *problem);
  return settings;
}

Json parsed(const std::string& text, const std::string& where) {
  auto document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) damaged(where, "is no JSON, or is cut off");
  if (!document.is_object()) damaged(where, "holds no object");
  return document;
}

void require_version(const Json& document, const char* key, int known, const std::string& where) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_number_integer())
    damaged(where, std::string{"has no version, `"} + key + "`");
  if (*found > known)
    throw Failure{ExitCode::usage,
                  where + ": is of version " + found->dump() + ", and this tranche reads up to " +
                      std::to_string(known),
                  "use the tranche that wrote it, or a newer one"};
}

/// A number and its name: the same list writes and reads.
template <class Result, class Visit>
void each_number(Result& result, const Visit& visit) {
  visit("r2", result.accuracy.r2);
  visit("mse", result.accuracy.mse);
  visit("mean", result.accuracy.mean);
  visit("median", result.accuracy.median);
  visit("p95", result.accuracy.p95);
  visit("p99", result.accuracy.p99);
  visit("max", result.accuracy.max);
  visit("roughness", result.accuracy.roughness);
  visit("points", result.accuracy.points);
  visit("judged", result.accuracy.samples);
  visit("samples", result.samples);
  visit("held_out", result.held_out);
  visit("parameters", result.parameters);
  visit("epochs", result.epochs);
  visit("cpu_s", result.cpu_s);
  visit("latency_us", result.latency_us);
}

constexpr const char* record_key = "tranche_trial_result";

const Json& member(const Json& document, const char* key, const std::string& where) {
  const auto found = document.find(key);
  if (found == document.end()) damaged(where, std::string{"has no `"} + key + "`");
  return *found;
}

void read_number(const Json& document, const char* key, double& number, const std::string& where) {
  const auto& value = member(document, key, where);
  if (!value.is_number() && !value.is_null()) damaged(where, std::string{"`"} + key + "` is no number");
  number = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

void read_number(const Json& document, const char* key, std::uint64_t& number, const std::string& where) {
  const auto& value = member(document, key, where);
  if (!value.is_number_unsigned()) damaged(where, std::string{"`"} + key + "` is no count");
  number = value.get<std::uint64_t>();
}

}  // namespace

std::string settings_to_json(const TrialSettings& settings) {
  return object_of(settings).dump();
}

TrialSettings settings_from_json(const std::string& text, const std::string& where) {
  return settings_of(parsed(text, where), where);
}

std::string trials_to_json(const std::vector<TrialSettings>& trials) {
  std::string text = "{\"tranche_trials\": " + std::to_string(trials_version) + ",\n \"trials\": [";
  for (std::size_t k = 0; k < trials.size(); ++k)
    text += (k == 0 ? "\n  " : ",\n  ") + settings_to_json(trials[k]);
  return text + "\n]}\n";
}

std::vector<TrialSettings> trials_from_json(const std::string& text, const std::string& where) {
  const auto document = parsed(text, where);
  require_version(document, "tranche_trials", trials_version, where);
  const auto& list = member(document, "trials", where);
  if (!list.is_array()) damaged(where, "`trials` is no list");
  std::vector<TrialSettings> trials;
  for (const auto& one : list)
    trials.push_back(settings_of(one, where + ": trial " + std::to_string(trials.size())));
  return trials;
}

std::string record_to_json(const TrialRecord& record) {
  Json document{
      {record_key, trials_version}, {"end", to_string(record.result.end)}, {"early", record.result.early}};
  each_number(record.result, [&](const char* key, const auto& value) { document[key] = value; });
  document["settings"] = object_of(record.settings);
  return document.dump(1) + '\n';
}

TrialRecord record_from_json(const std::string& text, const std::string& where) {
  const auto document = parsed(text, where);
  require_version(document, record_key, trials_version, where);
  TrialRecord record;
  record.settings = settings_of(member(document, "settings", where), where);
  const auto& end = member(document, "end", where);
  const auto known = end.is_string() ? trial_end_of(end.get<std::string>()) : std::nullopt;
  if (!known) damaged(where, "`end` is none that this tranche knows");
  record.result.end = *known;
  const auto& early = member(document, "early", where);
  if (!early.is_boolean()) damaged(where, "`early` is neither true nor false");
  record.result.early = early.get<bool>();
  each_number(record.result, [&](const char* key, auto& value) { read_number(document, key, value, where); });
  return record;
}

}  // namespace tranche::learn
