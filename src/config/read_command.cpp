/// A simulator that is a command: its arguments, decks, files and failures.
#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"
#include "tranche/deck/words.hpp"

namespace tranche::config {
namespace {

using campaign::CommandSpec;
using campaign::FailureRule;

namespace fs = std::filesystem;

constexpr std::uintmax_t most_template_bytes = 16u << 20;
constexpr std::size_t most_template_problems = 20;
const char* const example_command = "command: [./mycode, \"{x}\"]";

std::vector<std::string> names_of(const std::vector<deck::Name>& names) {
  std::vector<std::string> texts;
  for (const auto& each : names) texts.push_back(each.name);
  return texts;
}

/// A relative path that stays below its folder.
bool stays_below(const fs::path& path) {
  return path.is_relative() && !path.empty() &&
         std::ranges::none_of(path, [](const fs::path& part) { return part == ".."; });
}

/// Whether a path in the run directory is that of a folder or file, or below it.
bool lies_in(const fs::path& path, const fs::path& folder) {
  const auto inner = path.lexically_normal();
  const auto outer = fs::path{campaign::link_name(folder.string())};
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

/// The first line and column, from 1, of a byte of a text.
Mark mark_of(const std::string& text, std::size_t offset) {
  const auto before = std::string_view{text}.substr(0, offset);
  const auto start = before.rfind('\n') + 1;  // npos + 1 == 0
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1,
          static_cast<int>(character_count(before.substr(start))) + 1};
}

class CommandReader {
 public:
  CommandReader(MapReader& keys, Reading& reading)
      : keys_{keys}, reading_{reading}, names_{campaign::placeholder_names(reading.spec)} {}

  CommandSpec read(const YamlNode& node) {
    read_delimiters();
    read_words(node);
    read_inputs();
    if (const auto* files = keys_.find("files")) read_files(*files);
    if (const auto* version = keys_.find("version")) spec_.version = words_of(*version, "`version`");
    if (const auto* input = keys_.find("stdin")) read_input(*input);
    if (const auto* failures = keys_.find("failures")) read_failures(*failures);
    if (const auto* launch = keys_.find("launch")) read_launch(*launch);
    check_files_named();
    check_files_apart();
    return std::move(spec_);
  }

 private:
  Findings& findings() { return reading_.findings; }
  void read_delimiters();
  void read_words(const YamlNode& node);
  std::vector<std::string> words_of(const YamlNode& node, const std::string& owner);
  void read_inputs();
  void read_input_file(const YamlEntry& entry);
  void check_template(const fs::path& path, const std::string& shown, const YamlNode& at);
  void read_files(const YamlNode& node);
  void read_input(const YamlNode& node);
  void read_failures(const YamlNode& node);
  void read_failure(const YamlNode& node);
  void read_settings(const YamlNode& node, FailureRule& rule);
  void read_launch(const YamlNode& node);
  void check_deck(const YamlNode& node, const std::string& text, std::size_t offset);
  void check_files_named();
  void check_files_apart();

  MapReader& keys_;
  Reading& reading_;
  std::vector<deck::Name> names_;
  CommandSpec spec_;
  const YamlNode* command_ = nullptr;
};

void CommandReader::read_delimiters() {
  const auto* node = keys_.find("delimiters");
  if (node == nullptr) return;
  const std::string fix = "delimiters: [\"<<\", \">>\"]";
  if (!node->is_sequence() || node->items.size() != 2 || !node->items[0].is_scalar() ||
      !node->items[1].is_scalar() || node->items[0].text.empty() || node->items[1].text.empty() ||
      node->items[0].text == node->items[1].text) {
    findings().add(*node,
                   {"`delimiters` must be two different texts", "they stand before and behind a name", fix});
    return;
  }
  spec_.delimiters = {node->items[0].text, node->items[1].text};
}

/// `offset`: where `text` begins in the scalar.
void CommandReader::check_deck(const YamlNode& node, const std::string& text, std::size_t offset) {
  const auto parsed = deck::Deck::parse(text, names_, spec_.delimiters);
  if (const auto* mistakes = std::get_if<std::vector<deck::Mistake>>(&parsed))
    for (const auto& mistake : *mistakes)
      findings().add_inside(node, offset + mistake.offset, {mistake.what, mistake.why, mistake.fix});
}

/// A list, or a text that is split as a shell would.
std::vector<std::string> CommandReader::words_of(const YamlNode& node, const std::string& owner) {
  std::vector<std::string> words;
  if (node.is_sequence()) {
    for (const auto& item : node.items) {
      if (item.is_scalar())
        words.push_back(item.text);
      else if (item.is_map() || item.is_sequence() || item.is_null())
        findings().add(item, {"a word of " + owner + " must be a text",
                              "YAML reads { and [ as something else", "quote it: \"{x}\""});
    }
  } else if (node.is_scalar() && !node.text.empty()) {
    const auto split = deck::split_words(node.text);
    if (const auto* mistake = std::get_if<deck::Mistake>(&split)) {
      findings().add_inside(node, mistake->offset, {mistake->what, mistake->why, mistake->fix});
      return {};
    }
    for (const auto& word : std::get<std::vector<deck::Word>>(split)) words.push_back(word.text);
  }
  if (words.empty() && (node.is_scalar() || node.is_null() || node.is_map() || node.items.empty()))
    findings().add(node, {owner + " must be a list of words, or a line of them", "", example_command});
  return words;
}

void CommandReader::read_words(const YamlNode& node) {
  command_ = &node;
  spec_.words = words_of(node, "`command`");
  if (node.is_sequence()) {
    for (std::size_t k = 0; k < node.items.size(); ++k)
      if (node.items[k].is_scalar() &&
          (k > 0 || node.items[k].text.find(spec_.delimiters.open) == std::string::npos))
        check_deck(node.items[k], node.items[k].text, 0);
  } else if (!spec_.words.empty()) {
    const auto split = deck::split_words(node.text);
    for (const auto& word : std::get<std::vector<deck::Word>>(split))
      check_deck(node, word.text, word.offset);
  }
  if (!spec_.words.empty() && spec_.words.front().find(spec_.delimiters.open) != std::string::npos)
    findings().add(node.is_sequence() ? node.items.front() : node,
                   {"the program itself takes no placeholders", "it is looked for once, before anything runs",
                    "write its name"});
}

void CommandReader::read_inputs() {
  const auto* node = keys_.find("inputs");
  if (node == nullptr || !expect_map(*node, "`inputs`", "inputs: {input.nml: input.nml.in}", findings()))
    return;
  for (const auto& entry : node->entries) read_input_file(entry);
}

void CommandReader::read_input_file(const YamlEntry& entry) {
  const auto& file = entry.key.text;
  const auto source = read_text(entry.value, "the template of " + ticked(file), findings());
  if (!stays_below(file))
    findings().add(entry.key, {ticked(file) + " is outside the run directory",
                               "every run has a directory of its own, and decks are written into it",
                               "a relative path without .."});
  if (!source) return;
  const auto path = reading_.directory / *source;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    findings().add(entry.value,
                   {"there is no template " + ticked(*source), "templates stand beside campaign.yaml",
                    "write it beside campaign.yaml, with {" + (names_.empty() ? "x" : names_.front().name) +
                        "} where a value goes"});
    return;
  }
  check_template(path, *source, entry.value);
  spec_.inputs.push_back({file, *source, reading_.place(entry.key)});
}

void CommandReader::check_template(const fs::path& path, const std::string& shown, const YamlNode& at) {
  std::error_code error;
  if (fs::file_size(path, error) > most_template_bytes) {
    findings().add(at, {"the template " + ticked(shown) + " is larger than 16 MB",
                        "it is rendered for each run", "put what never changes into `files`"});
    return;
  }
  std::ifstream stream{path, std::ios::binary};
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream) {
    findings().add(at, {"the template " + ticked(shown) + " cannot be read", "", "check its permissions"});
    return;
  }
  const auto text = content.str();
  const auto parsed = deck::Deck::parse(text, names_, spec_.delimiters);
  const auto* mistakes = std::get_if<std::vector<deck::Mistake>>(&parsed);
  if (mistakes == nullptr) return;
  for (std::size_t k = 0; k < mistakes->size(); ++k) {
    const auto& mistake = (*mistakes)[k];
    const auto mark = mark_of(text, mistake.offset);
    if (k == most_template_problems) {
      findings().add(Problem{"and " + std::to_string(mistakes->size() - k) + " more in this template",
                             {shown, mark.line, mark.column},
                             "",
                             "a deck full of braces reads better with delimiters: [\"<<\", \">>\"]"});
      return;
    }
    findings().add(Problem{mistake.what, {shown, mark.line, mark.column}, mistake.why, mistake.fix});
  }
}

void CommandReader::read_files(const YamlNode& node) {
  if (!expect_sequence(node, "`files`", "files: [tables/, data.bin]", findings())) return;
  for (const auto& item : node.items) {
    const auto name = read_text(item, "a file in `files`", findings());
    if (!name) continue;
    std::error_code error;
    const auto path = reading_.directory / *name;
    if (!fs::exists(path, error))
      findings().add(item, {"there is no file " + ticked(*name), "it is looked for beside campaign.yaml",
                            "files here are linked into the run directory of each run"});
    else if (!stays_below(*name) && !fs::path{*name}.is_absolute())
      findings().add(item, {ticked(*name) + " is outside the campaign", "a campaign can be copied as a whole",
                            "copy it beside campaign.yaml, or write its absolute path"});
    else
      spec_.files.push_back(*name);
  }
}

void CommandReader::read_input(const YamlNode& node) {
  const auto name = read_text(node, "`stdin`", findings());
  if (!name) return;
  std::vector<std::string> known;
  for (const auto& each : spec_.inputs) known.push_back(each.file);
  for (const auto& each : spec_.files) known.push_back(each);
  if (std::ranges::find(known, *name) == known.end())
    findings().add(
        node,
        {"`stdin` is " + ticked(*name) + ", which is none of the files of a run" + hint(*name, known), "",
         known.empty() ? "inputs: {" + *name + ": " + *name + ".in}" : "files of a run: " + listed(known)});
  spec_.input = *name;
}

void CommandReader::read_failures(const YamlNode& node) {
  if (!expect_sequence(node, "`failures`", "failures: [{match: \"did not converge\", reason: not_converged}]",
                       findings()))
    return;
  for (const auto& item : node.items) read_failure(item);
}

void CommandReader::read_failure(const YamlNode& node) {
  const std::string owner = "a rule of `failures`";
  if (!expect_map(node, owner, "{match: \"did not converge\", reason: not_converged}", findings())) return;
  MapReader keys{node, owner, findings()};
  FailureRule rule;
  if (const auto* match = keys.require("match", "match: \"did not converge\""))
    if (const auto text = read_text(*match, "`match`", findings())) {
      rule.match = *text;
      try {
        std::regex{rule.match};
      } catch (const std::regex_error& error) {
        findings().add(*match, {"`match` is no regular expression: " + std::string{error.what()},
                                "regular expressions are those of ECMAScript",
                                "a \\ before . * + ? ( ) [ ] { } | ^ $ takes it literally"});
      }
    }
  if (const auto* reason = keys.require("reason", "reason: not_converged"))
    if (const auto word = read_text(*reason, "`reason`", findings())) {
      rule.reason = *word;
      const bool clean = word->size() <= 63 && std::ranges::all_of(*word, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                         });
      if (!clean)
        findings().add(*reason, {ticked(*word) + " cannot be a reason",
                                 "reasons are single words of a-z, 0-9 and _, at most 63 long",
                                 "reason: not_converged"});
    }
  if (const auto* retry = keys.find("retry"))
    rule.retry = static_cast<std::uint8_t>(read_count(*retry, "`retry`", {0, 100}, findings()).value_or(0));
  if (const auto* with = keys.find("with")) {
    read_settings(*with, rule);
    if (rule.retry == 0)
      findings().add(*with,
                     {"`with` needs `retry`", "its values are those of the further attempts", "retry: 1"});
  }
  keys.finish();
  spec_.failures.push_back(std::move(rule));
}

void CommandReader::read_settings(const YamlNode& node, FailureRule& rule) {
  if (!expect_map(node, "`with`", "with: {dt: 0.5}", findings())) return;
  std::vector<std::string> constants;
  for (const auto& each : reading_.spec.constants) constants.push_back(each.name);
  const auto all = names_of(names_);
  for (const auto& entry : node.entries) {
    const auto& name = entry.key.text;
    const auto value = read_number(entry.value, ticked(name), findings());
    if (std::ranges::find(constants, name) == constants.end()) {
      const bool known = std::ranges::find(all, name) != all.end();
      findings().add(entry.key,
                     {known ? ticked(name) + " cannot change between attempts at a sample"
                            : "there is no constant " + ticked(name) + hint(name, constants),
                      known ? "the store would say that the sample was computed with another value" : "",
                      "constants: {" + name + ": " + (entry.value.is_scalar() ? entry.value.text : "1") +
                          "}, used as {" + name + "}"});
    } else if (value) {
      rule.with.push_back({name, *value});
    }
  }
}

void CommandReader::read_launch(const YamlNode& node) {
  const auto text = read_text(node, "`launch`", findings());
  if (!text) return;
  words_of(node, "`launch`");
  check_deck(node, *text, 0);
  spec_.launch = *text;
}

/// A program runs in a directory of its own: what an argument names must be brought there.
void CommandReader::check_files_named() {
  if (command_ == nullptr) return;
  for (std::size_t k = 1; k < spec_.words.size(); ++k) {
    const auto& word = spec_.words[k];
    std::error_code error;
    const bool there = stays_below(word) && fs::is_regular_file(reading_.directory / word, error);
    const bool brought =
        std::ranges::any_of(spec_.files, [&](const auto& file) { return lies_in(word, file); }) ||
        std::ranges::any_of(spec_.inputs, [&](const auto& each) { return fs::path{each.file} == word; });
    if (!there || brought) continue;
    const auto& at = command_->is_sequence() && k < command_->items.size() ? command_->items[k] : *command_;
    findings().add(at, {"the program will not find " + ticked(word),
                        "it lies beside campaign.yaml, and every run has a directory of its own",
                        "files: [" + word + "]"});
  }
}

/// A deck below a linked folder would be written into the campaign's own, by all runs at once.
void CommandReader::check_files_apart() {
  const auto* inputs = keys_.find("inputs");
  const auto* files = keys_.find("files");
  if (files == nullptr) return;
  for (const auto& input : spec_.inputs)
    for (const auto& file : spec_.files)
      if (lies_in(input.file, file) || lies_in(campaign::link_name(file), input.file))
        findings().add(
            inputs != nullptr ? *inputs : *files,
            {"the deck " + ticked(input.file) + " would be written through " + ticked(file) + " of `files`",
             "`files` are links to what lies beside campaign.yaml: all runs share it",
             "another name for the deck, or " + ticked(file) + " out of `files`"});
  for (std::size_t k = 0; k < spec_.files.size(); ++k)
    for (std::size_t j = 0; j < spec_.files.size(); ++j)
      if (k != j && lies_in(campaign::link_name(spec_.files[k]), spec_.files[j]) &&
          (k < j || campaign::link_name(spec_.files[k]) != campaign::link_name(spec_.files[j])))
        findings().add(*files, {ticked(spec_.files[k]) + " lies in " + ticked(spec_.files[j]) +
                                    ", which is linked as a whole",
                                "", "leave " + ticked(spec_.files[k]) + " out of `files`"});
}

}  // namespace

campaign::CommandSpec read_command(const YamlNode& node, MapReader& keys, Reading& reading) {
  return CommandReader{keys, reading}.read(node);
}

}  // namespace tranche::config
