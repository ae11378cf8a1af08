#include "map_reader.hpp"

#include <algorithm>

#include "tranche/base/text.hpp"

namespace tranche::config {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

std::string kind_text(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "empty";
    case YamlNode::Kind::scalar:
      return "a single value";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return {};
}

}  // namespace

const YamlEntry* MapReader::entry(std::string_view key) {
  known_.emplace_back(key);
  const auto found =
      std::ranges::find_if(map_.entries, [&](const YamlEntry& e) { return e.key.text == key; });
  return found == map_.entries.end() ? nullptr : &*found;
}

const YamlNode* MapReader::find(std::string_view key) {
  const auto* found = entry(key);
  if (found == nullptr) return nullptr;
  if (!found->value.is_null()) return &found->value;
  findings_.add(found->key, {ticked(key) + " has no value", "", "give it one, or remove the key"});
  return nullptr;
}

const YamlNode* MapReader::find_or_empty(std::string_view key) {
  const auto* found = entry(key);
  return found == nullptr || found->value.is_null() ? nullptr : &found->value;
}

const YamlNode* MapReader::require(std::string_view key, std::string fix) {
  const auto* found = entry(key);
  if (found == nullptr) {
    std::string what = owner_.empty() ? ticked(key) + " is missing" : owner_ + " needs " + ticked(key);
    miss({std::string{key}}, owner_.empty() ? Mark{} : map_.mark, {std::move(what), "", std::move(fix)});
    return nullptr;
  }
  if (!found->value.is_null()) return &found->value;
  findings_.add(found->key, {ticked(key) + " has no value", "", std::move(fix)});
  return nullptr;
}

void MapReader::miss(std::vector<std::string> keys, Mark mark, Finding finding) {
  missing_.push_back({std::move(keys), mark, std::move(finding)});
}

void MapReader::refuse_later(std::initializer_list<Later> keys) {
  for (const auto& later : keys) {
    const std::string fix = *later.fix != '\0' ? later.fix : "remove it, or put a # before it";
    refuse(later.key,
           {ticked(later.key) + " is not handled by this version of tranche",
            std::string{"a later version will "} + later.purpose + "; ignoring it could mislead you", fix});
  }
}

void MapReader::refuse(std::string_view key, Finding finding) {
  refused_.emplace_back(key);
  const auto found =
      std::ranges::find_if(map_.entries, [&](const YamlEntry& e) { return e.key.text == key; });
  if (found != map_.entries.end()) findings_.add(found->key, std::move(finding));
}

bool MapReader::known(const std::string& key) const {
  return contains(known_, key) || contains(refused_, key);
}

void MapReader::finish() {
  std::vector<std::string> meant;
  for (const auto& [key, value] : map_.entries) {
    if (known(key.text)) continue;
    const auto near = did_you_mean(key.text, known_);
    if (near) meant.push_back(*near);
    std::string what =
        owner_.empty() ? "unknown key " + ticked(key.text) : owner_ + " has no key " + ticked(key.text);
    findings_.add(key, {what + hint(key.text, known_), "", near ? "" : "keys here: " + listed(known_)});
  }
  for (auto& missing : missing_)
    if (std::ranges::none_of(missing.keys, [&](const auto& key) { return contains(meant, key); }))
      findings_.add(missing.mark, std::move(missing.finding));
}

bool expect_map(const YamlNode& node, const std::string& owner, const std::string& example,
                Findings& findings) {
  if (node.is_map()) return true;
  findings.add(node, {owner + " must be a map, not " + kind_text(node), "", example});
  return false;
}

bool expect_sequence(const YamlNode& node, const std::string& owner, const std::string& example,
                     Findings& findings) {
  if (node.is_sequence()) return true;
  findings.add(node, {owner + " must be a list, not " + kind_text(node), "", example});
  return false;
}

}  // namespace tranche::config
