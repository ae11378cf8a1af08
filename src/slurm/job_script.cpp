#include "tranche/slurm/job_script.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <map>

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/slurm/submit.hpp"

namespace tranche::slurm {
namespace {

constexpr double usual_lead_s = 300;

using Words = std::map<std::string, std::vector<std::string>, std::less<>>;

bool is_plain(unsigned char c) {
  return std::isalnum(c) != 0 ||
         std::string_view{"_-+=.,:/@%^"}.find(static_cast<char>(c)) != std::string_view::npos;
}

/// As sbatch reads its lines: quotes and blanks split words, # ends a line, and a backslash escapes.
std::string sbatch_word(const std::string& text) {
  if (text.find_first_of(" \t#\"'\\") == std::string::npos) return text;
  std::string word{'"'};
  for (const char c : text) {
    if (c == '"' || c == '\\') word += '\\';
    word += c;
  }
  return word + '"';
}

std::string quoted_option(const campaign::SbatchOption& option) {
  const auto& text = option.text;
  const auto equals = text.find('=');
  const bool own_quotes = option.verbatim && text.find_first_of("\"'\\") != std::string::npos;
  if (!text.starts_with("--") || equals == std::string::npos || own_quotes) return text;
  return text.substr(0, equals + 1) + sbatch_word(text.substr(equals + 1));
}

/// Whether someone has said how many CPUs of a node a job gets.
bool says_how_many_cpus(const std::string& text) {
  static constexpr std::array<std::string_view, 4> names{"cpus-per-task", "exclusive", "mincpus",
                                                         "oversubscribe"};
  const auto name = option_name(text);
  return std::any_of(names.begin(), names.end(), [&](const auto each) { return each == name; });
}

std::vector<std::string> options_of(const JobWishes& wishes) {
  std::vector<std::string> lines;
  const auto& asked = wishes.cluster.options;
  if (std::none_of(asked.begin(), asked.end(),
                   [](const auto& each) { return says_how_many_cpus(each.text); })) {
    const auto& resources = wishes.resources;
    lines.push_back(resources.slots
                        ? "--cpus-per-task=" + std::to_string(*resources.slots * resources.cores())
                        : std::string{"--exclusive"});
  }
  for (const auto& option : asked) lines.push_back(quoted_option(option));
  return lines;
}

/// The log's name, in which a percent sign is a pattern of Slurm's.
std::string output_of(const JobWishes& wishes) {
  std::string path;
  for (const char c : (wishes.directory / "logs").string())
    path += c == '%' ? std::string{"%%"} : std::string{c};
  path += "/job-%j.log";
  return sbatch_word(path);
}

Words words_of(const JobWishes& wishes) {
  const auto& cluster = wishes.cluster;
  std::string arguments;
  for (const auto& word : wishes.arguments) arguments += (arguments.empty() ? "" : " ") + shell_word(word);
  Words words{{"name", {wishes.name}},
              {"nodes", {std::to_string(cluster.nodes)}},
              {"signal", {std::to_string(signal_lead_s(cluster))}},
              {"output", {output_of(wishes)}},
              {"tranche", {shell_word(wishes.tranche.string())}},
              {"directory", {shell_word(wishes.directory.string())}},
              {"arguments", {arguments}},
              {"time", {}},
              {"option", options_of(wishes)},
              {"module", {}}};
  if (cluster.time_s) words["time"] = {time_text(*cluster.time_s)};
  for (const auto& module : cluster.modules) words["module"].push_back(shell_word(module));
  return words;
}

struct Word {
  std::size_t begin = 0;  ///< of its braces
  std::size_t end = 0;
  std::string name;
};

std::optional<Word> find_word(std::string_view line, std::size_t from) {
  const auto begin = line.find("{{", from);
  const auto end = begin == line.npos ? line.npos : line.find("}}", begin);
  if (end == line.npos) return std::nullopt;
  return Word{begin, end + 2, std::string{line.substr(begin + 2, end - begin - 2)}};
}

class Filler {
 public:
  Filler(const JobTemplate& source, const JobWishes& wishes) : file_{source.file}, words_{words_of(wishes)} {}

  void add(std::string_view line) {
    ++number_;
    std::size_t most = 1;
    for (auto word = find_word(line, 0); word; word = find_word(line, word->end)) {
      const auto values = words_.find(word->name);
      if (values == words_.end()) return complain(*word);
      if (values->second.empty()) return;
      most = std::max(most, values->second.size());
    }
    const bool second_gap = line.empty() && text_.ends_with("\n\n");  // what stood between was left out
    for (std::size_t turn = 0; turn < most && !second_gap; ++turn) text_ += filled(line, turn) + '\n';
  }

  std::string text() && {
    if (!problems_.empty()) throw ConfigError{std::move(problems_)};
    return std::move(text_);
  }

 private:
  std::string filled(std::string_view line, std::size_t turn) const {
    std::string text;
    std::size_t from = 0;
    for (auto word = find_word(line, 0); word; word = find_word(line, word->end)) {
      const auto& values = words_.find(word->name)->second;
      text += line.substr(from, word->begin - from);
      text += values[std::min(turn, values.size() - 1)];
      from = word->end;
    }
    text += line.substr(from);
    while (text.ends_with(' ')) text.pop_back();
    return text;
  }

  void complain(const Word& word) {
    std::vector<std::string> known;
    for (const auto& [name, values] : words_) known.push_back(name);
    const auto near = did_you_mean(word.name, known);
    std::string list;
    for (const auto& name : known) list += (list.empty() ? "" : ", ") + name;
    problems_.push_back({"there is nothing to fill in for `{{" + word.name + "}}`" +
                             (near ? "; did you mean `{{" + *near + "}}`?" : ""),
                         {file_, number_, static_cast<int>(word.begin) + 1},
                         "",
                         "words of a job template: " + list});
  }

  std::string file_;
  Words words_;
  int number_ = 0;
  std::string text_;
  std::vector<Problem> problems_;
};

}  // namespace

std::string job_script(const JobTemplate& source, const JobWishes& wishes) {
  Filler filler{source, wishes};
  std::string_view left = source.text;
  while (!left.empty()) {
    const auto end = std::min(left.find('\n'), left.size());
    filler.add(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return std::move(filler).text();
}

std::uint32_t signal_lead_s(const campaign::ClusterSpec& cluster) {
  auto lead = usual_lead_s;
  if (cluster.time_s) lead = std::min(lead, *cluster.time_s / 4);
  return static_cast<std::uint32_t>(std::ceil(cluster.signal_s.value_or(lead)));
}

std::string time_text(double seconds) {
  const auto minutes = static_cast<long long>(std::ceil(seconds / 60));
  std::array<char, 64> text{};
  if (minutes >= 1440)
    std::snprintf(text.data(), text.size(), "%lld-%02lld:%02lld:00", minutes / 1440, minutes % 1440 / 60,
                  minutes % 60);
  else
    std::snprintf(text.data(), text.size(), "%02lld:%02lld:00", minutes / 60, minutes % 60);
  return text.data();
}

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return is_plain(c); }))
    return std::string{text};
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return quoted + "'";
}

}  // namespace tranche::slurm
