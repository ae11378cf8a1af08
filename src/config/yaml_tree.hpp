/// \file
/// A YAML document as a plain tree that knows where everything stands.
/// Layer: config (private). yaml-cpp is used in yaml_tree.cpp (reading) and lock_file.cpp (writing) only.
#pragma once

#include <string>
#include <vector>

#include "findings.hpp"

namespace tranche::config {

struct YamlEntry;

/// A value with its place. Scalars are text: what they mean is up to who reads them.
struct YamlNode {
  enum class Kind { null, scalar, sequence, map };

  Kind kind = Kind::null;
  Mark mark;                       ///< where it begins (the quote of a quoted scalar)
  std::string text;                ///< scalar only
  bool quoted = false;             ///< scalar only
  std::vector<YamlNode> items;     ///< sequence only
  std::vector<YamlEntry> entries;  ///< map only, in the order of the file; keys are scalars, all different

  bool is_scalar() const noexcept { return kind == Kind::scalar; }
  bool is_sequence() const noexcept { return kind == Kind::sequence; }
  bool is_map() const noexcept { return kind == Kind::map; }
  bool is_null() const noexcept { return kind == Kind::null; }
};

struct YamlEntry {
  YamlNode key;
  YamlNode value;
};

/// Reads one document. Duplicated and complex keys, anchors, aliases, tags and a second document are
/// problems; of duplicates the first entry is kept.
/// \throws ConfigError for text that is not YAML (at the place of the mistake), together with what was found
/// before
YamlNode parse_yaml(const std::string& text, Findings& findings);

}  // namespace tranche::config
