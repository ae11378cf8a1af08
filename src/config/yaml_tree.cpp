#include "yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

namespace tranche::config {
namespace {

constexpr std::size_t most_keys = 2000;

/// Builds the tree from yaml-cpp's events, which come in the order of the file.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Findings& findings) : findings_{findings} {}

  YamlNode take() { return std::move(root_); }
  /// The value of an alias is not known, so the tree is not worth reading.
  bool has_alias() const noexcept { return has_alias_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    put(leaf(YamlNode::Kind::null, mark, anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    findings_.add(place(mark),
                  {"aliases (`*name`) are not used in campaign files", "", "write the value out"});
    has_alias_ = true;
    put(leaf(YamlNode::Kind::null, mark, 0));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    auto node = leaf(YamlNode::Kind::scalar, mark, anchor);
    node.text = value;
    node.quoted = tag == "!";
    put(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open_.push_back({leaf(YamlNode::Kind::sequence, mark, anchor), {}, false});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open_.push_back({leaf(YamlNode::Kind::map, mark, anchor), {}, false});
  }
  void OnMapEnd() override { close(); }

 private:
  /// A container whose end has not come yet; maps alternate between key and value.
  struct Open {
    YamlNode node;
    YamlNode key;
    bool has_key;
  };

  /// Events come in the order of the file, so a long line is counted once and not once for each event.
  Mark place(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    const int line = mark.line + 1;
    const auto byte = static_cast<std::size_t>(mark.column);
    if (line != last_.line || byte < last_byte_) {
      last_ = {line, findings_.lines().column_of(line, byte)};
    } else {
      const auto text = findings_.lines().line(line);
      const auto begin = std::min(last_byte_, text.size());
      const auto end = std::min(byte, text.size());
      const auto beyond = (byte - end) - (last_byte_ - begin);
      last_.column += static_cast<int>(character_count(text.substr(begin, end - begin)) + beyond);
    }
    last_byte_ = byte;
    return last_;
  }

  YamlNode leaf(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0)
      findings_.add(place(mark), {"anchors (`&name`) are not used in campaign files", "",
                                  "write the value where it is needed"});
    YamlNode node;
    node.kind = kind;
    node.mark = place(mark);
    return node;
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      findings_.add(place(mark), {"tags (`!type`) are not used in campaign files", "", "remove the tag"});
  }

  void close() {
    auto node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }

  void put(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      parent.key = std::move(node);
      parent.has_key = true;
    } else {
      parent.has_key = false;
      put_entry(parent.node, {std::move(parent.key), std::move(node)});
    }
  }

  void put_entry(YamlNode& map, YamlEntry entry) {
    if (!entry.key.is_scalar()) {
      findings_.add(entry.key, {"a key must be a word", "", "write `key: value`"});
      return;
    }
    if (map.entries.size() >= most_keys) {
      if (map.entries.size() > most_keys) return;
      findings_.add(entry.key, {"a map of more than " + std::to_string(most_keys) + " keys",
                                "no part of a campaign has as many", "fewer keys"});
    }
    const auto same = [&](const YamlEntry& other) { return other.key.text == entry.key.text; };
    const auto first = std::ranges::find_if(map.entries, same);
    if (first == map.entries.end()) {
      map.entries.push_back(std::move(entry));
      return;
    }
    findings_.add(entry.key,
                  {ticked(entry.key.text) + " stands here a second time",
                   "the first is in line " + std::to_string(first->key.mark.line), "keep one of them"});
  }

  Findings& findings_;
  YamlNode root_;
  std::vector<Open> open_;
  bool has_alias_ = false;
  Mark last_;  ///< place of the last event, and its byte in the line
  std::size_t last_byte_ = 0;
};

/// Line of the first indentation with a tab in it; 0 if there is none.
int line_with_tab(const SourceLines& lines) {
  for (int number = 1; number <= static_cast<int>(lines.count()); ++number) {
    const auto line = lines.line(number);
    const auto indent = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
    if (indent.find('\t') != std::string_view::npos && indent.size() < line.size()) return number;
  }
  return 0;
}

/// Where the text stops making sense, in yaml-cpp's words, or the tab that is the likely cause.
void add_syntax_problem(const YAML::Exception& error, Findings& findings) {
  if (const int tab = line_with_tab(findings.lines()); tab > 0) {
    const auto line = findings.lines().line(tab);
    findings.add(
        Mark{tab, findings.lines().column_of(tab, line.find('\t'))},
        {"a tab in the indentation", "YAML is indented with spaces only", "replace the tab by spaces"});
    return;
  }
  Mark mark;
  if (!error.mark.is_null()) {
    const int last = static_cast<int>(findings.lines().count());
    mark.line = std::clamp(error.mark.line + 1, 1, last);
    mark.column = error.mark.line + 1 > last
                      ? 1
                      : findings.lines().column_of(mark.line, static_cast<std::size_t>(error.mark.column));
  }
  findings.add(mark, {"this is not YAML: " + error.msg, "nothing after this place could be read",
                      "look at brackets, quotes and indentation here and in the line before"});
}

}  // namespace

YamlNode parse_yaml(const std::string& text, Findings& findings) {
  TreeBuilder builder{findings};
  try {
    std::istringstream stream{std::string{without_bom(text)}};
    YAML::Parser parser{stream};
    if (!parser.HandleNextDocument(builder)) return {};
    auto root = builder.take();
    TreeBuilder rest{findings};
    if (parser.HandleNextDocument(rest))
      findings.add(rest.take(), {"a second YAML document begins here", "a campaign is one document",
                                 "remove the `---` line"});
    if (builder.has_alias()) throw ConfigError{findings.sorted()};
    return root;
  } catch (const YAML::Exception& error) {
    add_syntax_problem(error, findings);
    throw ConfigError{findings.sorted()};
  }
}

}  // namespace tranche::config
