#include "tranche/models/settings.hpp"

#include <algorithm>
#include <map>

#include "tranche/base/text.hpp"
#include "tranche/learn/trial_words.hpp"
#include "tranche/models/selection.hpp"

namespace tranche::models {
namespace {

using campaign::CampaignSpec;
using campaign::TrainKey;
using campaign::TrainSpec;
using campaign::TrainValue;

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  for (const auto& each : all) names.push_back(each.name);
  return names;
}

/// Each word once, then what they make together.
class Check {
 public:
  Check(const CampaignSpec& spec, const TrainSpec& train) : spec_{spec}, train_{train} {}

  std::vector<Problem> run() {
    check_output();
    for (const auto& each : train_.settings) check_key(each);
    for (const auto& each : train_.sweep) check_key(each);
    check_layers();
    check_select();
    check_curve();
    check_hold_out();
    if (problems_.empty()) check_trials();
    return std::move(problems_);
  }

 private:
  void add(const SourcePlace& where, std::string what, std::string why = {}, std::string fix = {}) {
    problems_.push_back({std::move(what), where, std::move(why), std::move(fix)});
  }

  void check_output() {
    if (spec_.outputs.empty())
      add({}, "the campaign has no outputs to learn", "", "outputs: {sed: {axes: [nu]}} in campaign.yaml");
  }

  void check_key(const TrainKey& word) {
    const auto& keys = learn::trial_keys();
    const bool known = std::ranges::any_of(keys, [&](const auto& key) { return key.key == word.key; });
    for (const auto& value : word.values) {
      learn::TrialSettings settings;
      if (const auto problem = learn::set(settings, word.key, value.text)) {
        add(known ? value.where : word.where, *problem);
        if (!known) return;
      } else {
        check_name(word.key, value);
      }
    }
  }

  /// Names are those of this campaign.
  void check_name(const std::string& key, const TrainValue& value) {
    if (key == "stage") check_one_of(value, "stage", names_of(spec_.stages));
    if (key == "output") check_one_of(value, "output", names_of(spec_.outputs));
  }

  void check_one_of(const TrainValue& value, const std::string& what, const std::vector<std::string>& names) {
    if (value.text.empty() || std::ranges::find(names, value.text) != names.end()) return;
    const auto near = did_you_mean(value.text, names);
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    add(value.where,
        "the campaign has no " + what + " `" + value.text + "`" +
            (near ? "; did you mean `" + *near + "`?" : ""),
        "", near ? "" : what + ": one of " + all);
  }

  void check_layers() {
    for (const auto& line : train_.layers) {
      learn::TrialSettings settings;
      if (const auto problem = learn::set(settings, "layers", line.text)) {
        auto what = *problem;
        if (const std::string counted = "layers: layer 1: "; what.starts_with(counted))
          what = "layers: " + what.substr(counted.size());
        add(line.where, std::move(what));
      }
    }
    if (train_.layers.empty()) return;
    for (const auto& each : train_.settings)
      if (each.key == "preset" && each.values.front().text != "layers" && each.values.front().where.line > 0)
        add(each.values.front().where, "`preset: " + each.values.front().text + "` would leave `layers` out",
            "", "preset: layers, or remove one of them");
  }

  void check_select() {
    if (!train_.select) return;
    if (const auto problem = selection_problem(train_.select->text)) add(train_.select->where, *problem);
  }

  void check_curve() {
    if (!train_.curve) return;
    if (!train_.sweep.empty())
      add(train_.sweep.front().where, "a learning curve has one setting, and here is a sweep",
          "it is the same training with more and more samples", "curve: false, or no sweep");
    for (const auto& each : train_.settings)
      if (each.key == "fraction")
        add(each.where, "a learning curve chooses `fraction` itself", "", "remove it");
    if (train_.ensemble > 1)
      add({}, "a learning curve has no ensemble",
          "its trainings see more and more samples: they are not alike", "curve: false, or ensemble: 1");
  }

  /// What one trial is judged by must not be what another has learned from.
  void check_hold_out() {
    for (const auto& each : train_.sweep)
      if (each.key == "hold_out")
        add(each.where, "`hold_out` cannot be swept", "all trials of a model are judged by the same samples",
            "hold_out: 10%");
  }

  /// Of equal problems of many trials the first.
  void check_trials() {
    for (const auto& trial : read_trials(train_)) {
      const auto problem = learn::problem_of(trial, spec_.parameters.size());
      if (!problem) continue;
      add(train_.layers_where.value_or(SourcePlace{}), *problem);
      return;
    }
  }

  const CampaignSpec& spec_;
  const TrainSpec& train_;
  std::vector<Problem> problems_;
};

learn::TrialSettings settings_of(const TrainSpec& train, const std::vector<campaign::TrialWord>& words) {
  learn::TrialSettings settings;
  std::string layers;
  for (const auto& line : train.layers) layers += line.text + "\n";
  if (!layers.empty()) learn::set(settings, "layers", layers);
  for (const auto& word : words)
    ensure(!learn::set(settings, word.key, word.value.text), "words of trials have been checked");
  return settings;
}

bool sweeps(const TrainSpec& train, const std::string& key) {
  return std::ranges::any_of(train.sweep, [&](const auto& each) { return each.key == key; });
}

}  // namespace

std::vector<Problem> train_problems(const CampaignSpec& spec, const TrainSpec& train) {
  return Check{spec, train}.run();
}

std::vector<learn::TrialSettings> read_trials(const TrainSpec& train) {
  std::vector<learn::TrialSettings> trials;
  for (const auto& words : campaign::expand(train)) trials.push_back(settings_of(train, words));
  if (trials.size() >= train.ensemble || sweeps(train, "seed") || train.curve) return trials;
  std::vector<learn::TrialSettings> with_seeds;
  for (const auto& trial : trials)
    for (std::uint64_t k = 0; k < train.ensemble; ++k) {
      with_seeds.push_back(trial);
      with_seeds.back().seed += k;
    }
  return with_seeds;
}

std::string output_of(const CampaignSpec& spec, const learn::TrialSettings& trial) {
  if (!trial.output.empty()) return trial.output;
  const auto with_axis =
      std::ranges::find_if(spec.outputs, [](const auto& output) { return !output.axes.empty(); });
  return with_axis != spec.outputs.end() ? with_axis->name : spec.outputs.at(0).name;
}

std::vector<std::string> labels_of(const std::vector<learn::TrialSettings>& trials) {
  std::vector<std::vector<learn::TrialWord>> words;
  std::map<std::string, std::map<std::string, std::size_t>> counts;
  for (const auto& trial : trials) {
    words.push_back(learn::to_words(trial, learn::Which::all));
    for (const auto& word : words.back()) ++counts[word.key][word.text];
  }
  std::vector<std::string> labels;
  for (const auto& trial : words) {
    std::string label;
    for (const auto& word : trial)
      if (counts[word.key][word.text] < trials.size())
        label += (label.empty() ? "" : ", ") + word.key + " " + word.text;
    std::ranges::replace(label, '\n', ';');
    labels.push_back(std::move(label));
  }
  return labels;
}

}  // namespace tranche::models
