// What sbatch says, and which option it is about.
#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

#include "tranche/slurm/submit.hpp"

namespace tranche::slurm {
namespace {

struct Phrase {
  std::string_view words;
  std::string_view option;
};

/// In the order in which they are looked for: an account is refused together with its partition.
constexpr std::array<Phrase, 18> phrases{{{"invalid account", "account"},
                                          {"invalid partition", "partition"},
                                          {"partition specification", "partition"},
                                          {"group not permitted to use this partition", "partition"},
                                          {"invalid qos", "qos"},
                                          {"qosmaxnode", "nodes"},
                                          {"qosmaxwall", "time"},
                                          {"node count", "nodes"},
                                          {"more nodes", "nodes"},
                                          {"memory specification", "mem"},
                                          {"requested node configuration", "nodes"},
                                          {"time limit", "time"},
                                          {"invalid feature", "constraint"},
                                          {"generic resource", "gres"},
                                          {"invalid gres", "gres"},
                                          {"memory required", "mem"},
                                          {"reservation", "reservation"},
                                          {"license", "licenses"}}};

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

std::string without(std::string_view line, std::string_view prefix) {
  return std::string{line.starts_with(prefix) ? line.substr(prefix.size()) : line};
}

/// The lines that say why, as one sentence; what only says how to get help is left out.
std::string sentence(std::string_view words) {
  std::istringstream lines{std::string{words}};
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    line = without(without(line, "sbatch: "), "error: ");
    line = without(line, "Batch job submission failed: ");
    if (line.empty() || line.starts_with("Try \"sbatch")) continue;
    text += (text.empty() ? "" : "; ") + line;
  }
  return text;
}

/// `--name` stands in the words, and no longer name does.
bool names_option(const std::string& words, const std::string& name) {
  const auto dashed = "--" + name;
  for (auto at = words.find(dashed); at != words.npos; at = words.find(dashed, at + 1)) {
    const auto end = at + dashed.size();
    if (end == words.size() ||
        (std::isalnum(static_cast<unsigned char>(words[end])) == 0 && words[end] != '-'))
      return true;
  }
  return false;
}

}  // namespace

std::string option_name(std::string_view option) {
  if (option.starts_with("--")) return std::string{option.substr(2, option.find_first_of("= ") - 2)};
  static constexpr std::array<std::pair<char, const char*>, 12> letters{{{'A', "account"},
                                                                         {'C', "constraint"},
                                                                         {'J', "job-name"},
                                                                         {'L', "licenses"},
                                                                         {'N', "nodes"},
                                                                         {'c', "cpus-per-task"},
                                                                         {'n', "ntasks"},
                                                                         {'o', "output"},
                                                                         {'p', "partition"},
                                                                         {'q', "qos"},
                                                                         {'t', "time"},
                                                                         {'w', "nodelist"}}};
  const char letter = option.size() > 1 ? option[1] : ' ';
  const auto* found =
      std::find_if(letters.begin(), letters.end(), [&](const auto& each) { return each.first == letter; });
  return found == letters.end() ? std::string(1, letter) : found->second;
}

Refusal read_refusal(std::string_view words, const std::vector<std::string>& asked) {
  Refusal refusal{"", sentence(words)};
  const auto all = lower(words);
  for (const auto& name : asked)
    if (names_option(all, name)) refusal.option = name;
  if (!refusal.option.empty()) return refusal;
  const auto* phrase = std::find_if(phrases.begin(), phrases.end(),
                                    [&](const auto& each) { return all.find(each.words) != all.npos; });
  if (phrase != phrases.end()) refusal.option = phrase->option;
  return refusal;
}

}  // namespace tranche::slurm
