#include "names.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "tranche/expression/expression.hpp"

namespace tranche::config {
namespace {

/// Datasets every store file has (docs/formats/store.md).
constexpr std::array<std::string_view, 9> taken_datasets{
    "index", "revision", "stage", "parameters", "derived", "state", "checksum", "meta", "seal"};

bool starts_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
}
bool continues_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

/// The nearest well-formed name: `gamma-max` becomes `gamma_max`.
std::string repaired(std::string_view text) {
  std::string name;
  for (char c : text) {
    const char good = continues_name(c) ? c : '_';
    if (good != '_' || name.empty() || name.back() != '_') name += good;
  }
  return name.empty() || !starts_name(name.front()) ? "x" + name : name;
}

}  // namespace

bool is_identifier(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 && starts_name(text.front()) &&
         std::ranges::all_of(text, continues_name);
}

bool NameRegister::claim(const YamlNode& key, const std::string& kind, Findings& findings) {
  if (!is_identifier(key.text)) {
    findings.add(
        key,
        {ticked(key.text) + " cannot be the name of " + kind,
         "names have letters, digits and underscores, do not begin with a digit, and are at most 64 long",
         "for example " + ticked(repaired(key.text).substr(0, 64))});
    return false;
  }
  const auto [taken, fresh] = claims_.try_emplace(key.text, Claim{kind, key.mark.line});
  if (fresh) return true;
  findings.add(key, {ticked(key.text) + " is already the name of " + taken->second.kind + " in line " +
                         std::to_string(taken->second.line),
                     "", "give one of them another name"});
  return false;
}

bool NameRegister::claim_variable(const YamlNode& key, const std::string& kind, Findings& findings) {
  if (!expression::is_reserved(key.text)) return claim(key, kind, findings);
  findings.add(key, {ticked(key.text) + " cannot be the name of " + kind,
                     "formulas use it as a function or constant", "for example " + ticked(key.text + "_0")});
  return false;
}

bool NameRegister::claim_dataset(const YamlNode& key, const std::string& kind, Findings& findings) {
  if (std::ranges::find(taken_datasets, key.text) == taken_datasets.end()) return claim(key, kind, findings);
  findings.add(key,
               {ticked(key.text) + " cannot be the name of " + kind,
                "every store file has a dataset of that name", "for example " + ticked(key.text + "_0")});
  return false;
}

}  // namespace tranche::config
