/// \file
/// Reading one map: every key is either known, promised for later, or a mistake.
/// Layer: config (private).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "findings.hpp"
#include "yaml_tree.hpp"

namespace tranche::config {

/// Looks keys up and remembers them; finish() reports what nobody asked for.
class MapReader {
 public:
  /// `owner` names the map in messages, e.g. "`design`"; empty for the file itself.
  MapReader(const YamlNode& map, std::string owner, Findings& findings)
      : map_{map}, owner_{std::move(owner)}, findings_{findings} {}

  /// The value of `key`, or nullptr. An empty value is nullptr too, after a problem.
  const YamlNode* find(std::string_view key);
  /// As find, but an empty value is just no value.
  const YamlNode* find_or_empty(std::string_view key);
  /// As find; a missing key is a problem that says what to type (unless finish() finds it misspelt).
  const YamlNode* require(std::string_view key, std::string fix);

  struct Later {
    const char* key;
    const char* purpose;  ///< what it will do, as in "a later version will <purpose>"
    const char* fix = "";
  };
  /// Refuses keys of later versions by name.
  void refuse_later(std::initializer_list<Later> keys);
  /// Refuses a key that exists but has no meaning here.
  void refuse(std::string_view key, Finding finding);

  /// One of `keys` is missing: a problem at `mark`, unless finish() finds one of them misspelt.
  void miss(std::vector<std::string> keys, Mark mark, Finding finding);

  /// Unknown keys are problems, and so are missing ones that were not just misspelt.
  void finish();

 private:
  struct Missing {
    std::vector<std::string> keys;
    Mark mark;
    Finding finding;
  };

  const YamlEntry* entry(std::string_view key);
  bool known(const std::string& key) const;

  const YamlNode& map_;
  std::string owner_;
  Findings& findings_;
  std::vector<std::string> known_;
  std::vector<std::string> refused_;
  std::vector<Missing> missing_;
};

/// True if the node is a map; else a problem that shows an example.
bool expect_map(const YamlNode& node, const std::string& owner, const std::string& example,
                Findings& findings);
/// True if the node is a sequence; else a problem that shows an example.
bool expect_sequence(const YamlNode& node, const std::string& owner, const std::string& example,
                     Findings& findings);

}  // namespace tranche::config
