#include "map_reader.hpp"

#include <algorithm>

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
    const auto what = (owner_.empty() ? ticked(key) : owner_ + " needs " + ticked(key));
    findings_.add(owner_.empty() ? Mark{} : map_.mark,
                  {owner_.empty() ? what + " is missing" : what, "", std::move(fix)});
    return nullptr;
  }
  if (!found->value.is_null()) return &found->value;
  findings_.add(found->key, {ticked(key) + " has no value", "", std::move(fix)});
  return nullptr;
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

void MapReader::finish() {
  for (const auto& [key, value] : map_.entries) {
    if (contains(known_, key.text) || contains(refused_, key.text)) continue;
    std::string what =
        owner_.empty() ? "unknown key " + ticked(key.text) : owner_ + " has no key " + ticked(key.text);
    const auto near = hint(key.text, known_);
    findings_.add(key, {what + near, "", near.empty() ? "keys here: " + listed(known_) : ""});
  }
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
