/// \file
/// Names a campaign gives to things: well formed, different, and not taken by something else.
/// Layer: config (private).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "findings.hpp"
#include "yaml_tree.hpp"

namespace tranche::config {

bool is_identifier(std::string_view text) noexcept;

/// A set of names that must differ from each other. Each claim is true if the name is fine; else a
/// problem is added.
class NameRegister {
 public:
  /// A name formulas may use: parameter, constant, derived. `kind` as in "a parameter".
  bool claim_variable(const YamlNode& key, const std::string& kind, Findings& findings);
  /// A dataset of the store: axis, output.
  bool claim_dataset(const YamlNode& key, const std::string& kind, Findings& findings);
  /// Any other name.
  bool claim(const YamlNode& key, const std::string& kind, Findings& findings);

 private:
  struct Claim {
    std::string kind;
    int line;
  };
  std::map<std::string, Claim, std::less<>> claims_;
};

}  // namespace tranche::config
