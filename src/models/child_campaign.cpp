#include "tranche/models/child_campaign.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tranche/models/settings.hpp"

namespace tranche::models {
namespace {

constexpr double default_minutes = 1;
/// Reading, checks, evaluation, and cores that are shared: a trial that takes longer hangs.
constexpr double spare_minutes = 30;
constexpr double patience = 10;

/// In double quotes: YAML reads JSON's strings.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}

std::string timeout_of(const std::vector<learn::TrialSettings>& trials) {
  double longest = 0;
  for (const auto& trial : trials) {
    if (trial.epochs) return {};  // nobody knows how long an epoch is
    longest = std::max(longest, trial.minutes.value_or(default_minutes));
  }
  return "  timeout: " + std::to_string(static_cast<long>(std::ceil(spare_minutes + patience * longest))) +
         " min\n";
}

/// Numbers of result.json that are always there. `parameters` is a dataset of every store.
std::string outputs_of(bool curves) {
  std::string text = "outputs:\n";
  for (const std::string name : {"r2", "mse", "mean", "median", "p95", "p99", "max", "roughness", "cpu_s",
                                 "latency_us", "parameters", "samples", "held_out", "epochs"}) {
    if (name == "roughness" && !curves) continue;
    text += "  " + (name == "parameters" ? "weights" : name) + ": {read: {file: result.json, json: /" + name +
            "}, store: {dtype: float64}}\n";
  }
  return text;
}

std::string cluster_of(const campaign::ClusterSpec& cluster) {
  if (cluster.where.empty()) return {};
  std::string text = "cluster:\n  nodes: 1\n";
  if (cluster.time_s) text += "  time: " + std::to_string(static_cast<long>(*cluster.time_s)) + " s\n";
  if (cluster.signal_s) text += "  signal: " + std::to_string(static_cast<long>(*cluster.signal_s)) + " s\n";
  if (cluster.launcher == campaign::Launcher::srun) text += "  launcher: srun\n";
  if (!cluster.job_template.empty()) {
    const std::filesystem::path file{cluster.job_template};
    text += "  template: " +
            quoted(file.is_absolute() ? file.string() : (std::filesystem::path{"../.."} / file).string()) +
            "\n";
  }
  std::string modules;
  for (const auto& module : cluster.modules) modules += (modules.empty() ? "" : ", ") + quoted(module);
  if (!modules.empty()) text += "  modules: [" + modules + "]\n";
  std::string lines;
  for (const auto& option : cluster.options) {
    if (option.verbatim) {
      lines += (lines.empty() ? "" : ", ") + quoted(option.text);
      continue;
    }
    const auto equals = option.text.find('=');
    text += "  " + option.text.substr(2, equals == std::string::npos ? equals : equals - 2) + ":" +
            (equals == std::string::npos ? "" : " " + quoted(option.text.substr(equals + 1))) + "\n";
  }
  if (!lines.empty()) text += "  sbatch: [" + lines + "]\n";
  return text;
}

}  // namespace

std::string child_campaign(const campaign::CampaignSpec& parent,
                           const std::vector<learn::TrialSettings>& trials, const ChildOptions& options) {
  int threads = 1;
  bool curves = true;
  for (const auto& trial : trials) {
    threads = std::max(threads, trial.threads);
    const auto output = std::ranges::find(parent.outputs, output_of(parent, trial), &campaign::Output::name);
    curves = curves && output != parent.outputs.end() && output->size >= 3;
  }
  return "# Written by tranche train: each sample is one training of trials.json.\n"
         "tranche: 1\n"
         "name: " +
         options.name +
         "\n"
         "parameters:\n"
         "  trial: {integer: [0, " +
         std::to_string(trials.size() - 1) +
         "]}\n"
         "design: {method: grid, order: file}\n"
         "stages: [{name: trials, upto: 100%}]\n"
         "simulator:\n"
         "  command: [tranche-train, trial, --model, \"{campaign}\", --trial, \"{trial}\", --result, "
         "result.json" +
         std::string{options.ranks > 1 ? ", --ranks, \"{ranks}\"" : ""} +
         "]\n"
         "  failures:\n"
         "    - {match: \"^diverged:\", reason: diverged}\n"
         "    - {match: \"^plateau:\", reason: plateau}\n" +
         timeout_of(trials) +
         "retries: {crashed: 1, failed/exit_4: 100}  # 4: was told to stop, and goes on\n"
         "resources: {threads: " +
         std::to_string(threads) + ", ranks: " + std::to_string(options.ranks) +
         "}\n"
         "store: {epoch: 2 s}\n" +
         outputs_of(curves) + cluster_of(parent.cluster);
}

}  // namespace tranche::models
