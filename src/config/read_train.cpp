/// Section `train`: words for trainings. What they mean is looked up where trainings are known.
#include <algorithm>

#include "readers.hpp"
#include "scalars.hpp"

namespace tranche::config {
namespace {

const char* const example = "train: {preset: residual, minutes: 5}";
constexpr std::size_t most_values = 1000;  ///< of one key of a sweep
constexpr std::size_t most_layers = 200;

class TrainReader {
 public:
  TrainReader(const YamlNode& node, Reading& reading)
      : node_{node},
        reading_{reading},
        findings_{reading.findings},
        keys_{node, "`train`", findings_},
        train_{reading.spec.train} {}

  void read() {
    train_.given = true;
    if (const auto* layers = keys_.find("layers")) read_layers(*layers);
    if (const auto* sweep = keys_.find("sweep")) read_sweep(*sweep);
    const auto* trials = keys_.find("trials");
    if (trials != nullptr)
      train_.trials = read_count(*trials, "`trials`", {1, campaign::most_trials}, findings_);
    if (const auto* select = keys_.find("select"))
      if (auto text = read_text(*select, "`select`", findings_))
        train_.select = {std::move(*text), reading_.place(*select)};
    if (const auto* ensemble = keys_.find("ensemble"))
      train_.ensemble = read_count(*ensemble, "`ensemble`", {1, 100}, findings_).value_or(1);
    if (const auto* curve = keys_.find("curve"))
      train_.curve = read_flag(*curve, "`curve`", findings_).value_or(false);
    for (const auto& entry : node_.entries) read_setting(entry);
    check_number_of_trials(trials);
  }

 private:
  void read_layers(const YamlNode& node) {
    const std::string layers_example = "layers: [linear 256 gelu, residual gelu]";
    if (!expect_sequence(node, "`layers`", layers_example, findings_)) return;
    train_.layers_where = reading_.place(node);
    if (node.items.empty() || node.items.size() > most_layers)
      findings_.add(node,
                    {"`layers` needs 1 to " + std::to_string(most_layers) + " lines", "", layers_example});
    for (const auto& item : node.items)
      if (auto text = read_text(item, "a layer", findings_))
        train_.layers.push_back({std::move(*text), reading_.place(item)});
  }

  void read_sweep(const YamlNode& node) {
    const std::string sweep_example = "sweep: {width: [128, 256]}";
    if (!expect_map(node, "`sweep`", sweep_example, findings_)) return;
    sweep_ = &node;
    for (const auto& entry : node.entries) {
      const auto& [key, value] = entry;
      campaign::TrainKey swept{key.text, reading_.place(key), {}};
      const std::string fix = key.text + ": [" + (value.is_scalar() ? value.text : "...") + ", ...]";
      if (!expect_sequence(value, "`" + key.text + "` of `sweep`", fix, findings_)) continue;
      if (value.items.empty() || value.items.size() > most_values)
        findings_.add(value,
                      {ticked(key.text) + " of `sweep` needs 1 to " + std::to_string(most_values) + " values",
                       "", fix});
      for (const auto& item : value.items)
        if (auto text = read_text(item, "a value of " + ticked(key.text), findings_))
          swept.values.push_back({std::move(*text), reading_.place(item)});
      if (!swept.values.empty()) train_.sweep.push_back(std::move(swept));
    }
  }

  void read_setting(const YamlEntry& entry) {
    const auto& name = entry.key.text;
    for (const char* own : {"layers", "sweep", "trials", "select", "ensemble", "curve"})
      if (name == own) return;
    const auto* value = keys_.find(name);
    if (value == nullptr) return;
    const auto swept = std::ranges::find(train_.sweep, name, &campaign::TrainKey::key);
    if (swept != train_.sweep.end())
      findings_.add(entry.key,
                    {ticked(name) + " stands in `sweep` as well",
                     "there it is in line " + std::to_string(swept->where.line), "remove one of them"});
    else if (value->is_sequence())
      findings_.add(*value, {ticked(name) + " takes one value", "several are tried by a sweep",
                             "sweep: {" + name + ": [...]}"});
    else if (auto text = read_text(*value, ticked(name), findings_))
      train_.settings.push_back(
          {name, reading_.place(entry.key), {{std::move(*text), reading_.place(*value)}}});
  }

  void check_number_of_trials(const YamlNode* trials) {
    const auto all = campaign::combinations(train_);
    if (trials == nullptr && all > campaign::most_trials)
      findings_.add(*sweep_, {"this sweep has " + std::to_string(all) + " trials, and " +
                                  std::to_string(campaign::most_trials) + " are possible",
                              "it is every combination of the values", "trials: 50 takes so many of them"});
    if (trials != nullptr && sweep_ == nullptr)
      findings_.add(*trials, {"`trials` needs `sweep`", "it says how many of its combinations are tried",
                              "sweep: {width: [128, 256], learning_rate: [1e-3, 3e-3]}"});
  }

  const YamlNode& node_;
  Reading& reading_;
  Findings& findings_;
  MapReader keys_;
  campaign::TrainSpec& train_;
  const YamlNode* sweep_ = nullptr;
};

}  // namespace

void read_train(const YamlNode* node, Reading& reading) {
  if (node == nullptr || !expect_map(*node, "`train`", example, reading.findings)) return;
  TrainReader{*node, reading}.read();
}

}  // namespace tranche::config
