#include "submit_refusal.hpp"

#include <array>

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"

namespace tranche::cli {
namespace {

const std::vector<std::string> own_keys{"partition", "account", "nodes",    "time",    "signal",
                                        "chain",     "modules", "launcher", "template"};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// The option's own line, the section's if it stands nowhere, or none if the command line said it.
SourcePlace place_of(const std::string& option, const campaign::ClusterSpec& cluster) {
  for (const auto& each : cluster.options)
    if (slurm::option_name(each.text) == option) return each.where;
  if (const auto found = cluster.where.find(option); found != cluster.where.end()) return found->second;
  if (option == "nodes" || option == "time") return {};
  const auto section = cluster.where.find("");
  return section == cluster.where.end() ? SourcePlace{} : section->second;
}

std::string advice(const slurm::Refusal& refusal) {
  const auto& option = refusal.option;
  if (option == "partition") {
    const auto names = slurm::partitions();
    return names.empty() ? "sinfo shows the partitions" : "partition: one of " + joined(names);
  }
  if (option == "account") {
    const auto names = slurm::accounts();
    return names.empty() ? "ask your site which accounts you may use" : "account: one of " + joined(names);
  }
  if (option == "nodes") return "fewer nodes, or another partition: sinfo shows what there is";
  if (option == "time") return "a shorter time, or another partition: sinfo -o \"%P %l\" shows the longest";
  if (refusal.text.find("unrecognized option") == std::string::npos) return {};
  const auto near = did_you_mean(option, own_keys);
  return near ? "did you mean `" + *near + "`?" : "keys that tranche does not know are handed on to sbatch";
}

}  // namespace

std::vector<std::string> option_names(const campaign::ClusterSpec& cluster) {
  std::vector<std::string> names;
  for (const auto& option : cluster.options) names.push_back(slurm::option_name(option.text));
  return names;
}

void throw_refusal(const slurm::Refusal& refusal, const campaign::ClusterSpec& cluster,
                   const std::vector<directory::JobRecord>& submitted) {
  Problem problem;
  problem.what = "Slurm refuses the job: " + refusal.text;
  problem.where = place_of(refusal.option, cluster);
  if (!submitted.empty())
    problem.why = "job " + submitted.back().job_id + " and those before it are submitted";
  problem.fix = advice(refusal);
  throw ConfigError{std::move(problem)};
}

}  // namespace tranche::cli
