#include "train_request.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tranche/directory/status.hpp"
#include "tranche/learn/trial_json.hpp"
#include "tranche/learn/trial_words.hpp"
#include "tranche/models/child_campaign.hpp"
#include "tranche/models/settings.hpp"

namespace tranche::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int request_version = 1;
constexpr std::uint64_t least_curve_samples = 100;
constexpr std::size_t curve_points = 4;
constexpr std::size_t least_curve_points = 3;
constexpr std::size_t shown_differences = 5;

std::filesystem::path request_path(const directory::ModelPaths& paths) {
  return paths.folder() / "train.json";
}

struct Split {
  std::string key;
  std::string value;
};

Split split_word(const std::string& option, const std::string& text, const std::string& example) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw Failure{ExitCode::usage, option + " " + text + " is no KEY=VALUE", "for example: " + example};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

campaign::TrainKey word_of(const std::string& key, const std::string& values, char separator) {
  campaign::TrainKey word{key, {}, {}};
  for (std::size_t begin = 0; begin <= values.size();) {
    const auto end =
        separator == '\0' ? values.size() : std::min(values.find(separator, begin), values.size());
    word.values.push_back({values.substr(begin, end - begin), {}});
    begin = end + 1;
  }
  return word;
}

/// Samples to learn from, up to each stage that is complete.
struct Learnable {
  std::string stage;
  std::uint64_t ok = 0;
};

std::vector<Learnable> complete_stages(const directory::CampaignPaths& paths) {
  std::vector<Learnable> all;
  const auto status = directory::read_status(paths);
  if (!status) return all;
  std::uint64_t ok = 0;
  for (const auto& stage : status->stages) {
    if (stage.state != "sealed") break;
    ok += stage.tally.of(SampleState::ok);
    all.push_back({stage.name, ok});
  }
  return all;
}

std::string last_complete_stage(const directory::CampaignPaths& paths) {
  const auto stages = complete_stages(paths);
  return stages.empty() ? "" : stages.back().stage;
}

bool says_stage(const campaign::TrainSpec& train) {
  const auto is_stage = [](const auto& word) { return word.key == "stage"; };
  return std::ranges::any_of(train.settings, is_stage) || std::ranges::any_of(train.sweep, is_stage);
}

/// The same training with more and more samples: at each complete stage, and at fractions of the last one
/// where these are fewer than four.
std::vector<learn::TrialSettings> curve_trials(const directory::CampaignPaths& paths,
                                               const learn::TrialSettings& trial) {
  std::vector<learn::TrialSettings> trials;
  std::uint64_t last = 0;
  const auto add = [&](const std::string& stage, double fraction) {
    trials.push_back(trial);
    trials.back().stage = stage;
    trials.back().fraction = fraction;
  };
  for (const auto& each : complete_stages(paths)) {
    if (each.ok >= least_curve_samples) add(each.stage, 1);
    last = each.ok;
    if (each.stage == trial.stage) break;
  }
  for (double fraction = 0.5;
       trials.size() < curve_points && !trials.empty() &&
       fraction * static_cast<double>(last) >= static_cast<double>(least_curve_samples);
       fraction /= 2)
    add(trial.stage.empty() ? trials.back().stage : trial.stage, fraction);
  if (trials.size() < least_curve_points)
    throw Failure{ExitCode::usage,
                  "a learning curve needs three numbers of samples, each at least " +
                      std::to_string(least_curve_samples) + "; there are " + std::to_string(last) +
                      " in complete stages",
                  "tranche run, or train without --curve"};
  return trials;
}

std::string words_text(const learn::TrialSettings& settings, const std::string& key) {
  for (const auto& word : learn::to_words(settings, learn::Which::all))
    if (word.key == key) {
      auto text = word.text;
      std::ranges::replace(text, '\n', ';');
      return text;
    }
  return "(none)";
}

void compare(const learn::TrialSettings& before, const learn::TrialSettings& after, std::size_t number,
             std::vector<std::string>& lines) {
  for (const auto& key : learn::trial_keys()) {
    const auto old = words_text(before, key.key);
    const auto now = words_text(after, key.key);
    if (old != now)
      lines.push_back("trial " + std::to_string(number) + ": " + key.key + " " + old + " -> " + now);
  }
}

}  // namespace

bool has_words(const TrainOptions& options) {
  return !options.set.empty() || !options.sweep.empty() || options.trials || !options.minutes.empty() ||
         !options.preset.empty() || !options.stage.empty() || !options.output.empty() || options.curve ||
         options.ranks > 1;
}

campaign::TrainSpec with_words(campaign::TrainSpec train, const TrainOptions& options) {
  const auto set = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) campaign::set_word(train, word_of(key, value, '\0'));
  };
  set("minutes", options.minutes);
  set("preset", options.preset);
  set("stage", options.stage);
  set("output", options.output);
  for (const auto& text : options.set) {
    const auto word = split_word("--set", text, "--set width=384");
    set(word.key, word.value);
  }
  for (const auto& text : options.sweep) {
    const auto word = split_word("--sweep", text, "--sweep width=128,256");
    campaign::sweep_word(train, word_of(word.key, word.value, ','));
  }
  if (options.trials) train.trials = options.trials;
  if (options.ensemble) train.ensemble = *options.ensemble;
  if (!options.select.empty()) train.select = campaign::TrainValue{options.select, {}};
  train.curve = train.curve || options.curve;
  if (options.curve) train.sweep.clear();
  if (!train.trials && campaign::combinations(train) > campaign::most_trials)
    throw Failure{ExitCode::usage,
                  "this sweep has " + std::to_string(campaign::combinations(train)) + " trials",
                  "--trials 50 takes so many of them"};
  return train;
}

TrainRequest make_request(const inspect::CampaignView& view, const campaign::TrainSpec& train,
                          const TrainOptions& options, const std::optional<std::string>& pinned) {
  if (auto problems = models::train_problems(view.spec, train); !problems.empty())
    throw ConfigError{std::move(problems)};
  TrainRequest request;
  request.trials = models::read_trials(train);
  request.select = train.select ? train.select->text : "median";
  request.ensemble = train.ensemble;
  request.curve = train.curve;
  request.ranks = options.ranks;
  if (!says_stage(train)) {
    const auto stage = pinned.value_or(last_complete_stage(view.paths));
    for (auto& trial : request.trials) trial.stage = stage;
  }
  if (train.curve) request.trials = curve_trials(view.paths, request.trials.front());
  return request;
}

void write_request(const directory::ModelPaths& paths, const campaign::CampaignSpec& parent,
                   const TrainRequest& request) {
  directory::make_folder(paths.folder().parent_path());
  directory::make_folder(paths.folder());
  std::filesystem::remove(paths.baselines());  // of other settings
  const auto write = [](const std::filesystem::path& path, const std::string& text) {
    directory::write_atomically(path, text, directory::Durability::fsynced);
  };
  const Json document{{"tranche_train", request_version},
                      {"select", request.select},
                      {"ensemble", request.ensemble},
                      {"curve", request.curve},
                      {"ranks", request.ranks}};
  write(request_path(paths), document.dump(1) + "\n");
  write(paths.settings(), learn::trials_to_json(request.trials));
  write(paths.campaign().campaign_yaml(),
        models::child_campaign(parent, request.trials, {paths.name(), request.ranks}));
}

std::optional<TrainRequest> read_request(const directory::ModelPaths& paths) {
  const auto trials = directory::read_file(paths.settings());
  const auto rest = directory::read_file(request_path(paths));
  if (!trials || !rest) return std::nullopt;
  TrainRequest request;
  request.trials = learn::trials_from_json(*trials, paths.settings().string());
  const auto document = Json::parse(*rest, nullptr, false);
  try {
    request.select = document.at("select").get<std::string>();
    request.ensemble = document.at("ensemble").get<std::uint64_t>();
    request.curve = document.at("curve").get<bool>();
    request.ranks = document.at("ranks").get<std::uint32_t>();
  } catch (const nlohmann::json::exception& error) {
    throw DamageError{request_path(paths).string() + ": " + error.what(), "tranche train, with another name"};
  }
  return request;
}

std::vector<std::string> differences(const TrainRequest& before, const TrainRequest& after) {
  std::vector<std::string> lines;
  if (before.ranks != after.ranks)
    lines.push_back("ranks " + std::to_string(before.ranks) + " -> " + std::to_string(after.ranks));
  if (before.trials.size() != after.trials.size())
    lines.push_back(std::to_string(before.trials.size()) + " trials -> " +
                    std::to_string(after.trials.size()));
  for (std::size_t k = 0; k < std::min(before.trials.size(), after.trials.size()); ++k)
    if (!(before.trials[k] == after.trials[k])) compare(before.trials[k], after.trials[k], k, lines);
  if (lines.size() > shown_differences) {
    lines[shown_differences - 1] = "and " + std::to_string(lines.size() - shown_differences + 1) + " more";
    lines.resize(shown_differences);
  }
  return lines;
}

}  // namespace tranche::cli
