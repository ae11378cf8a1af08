#include "scalars.hpp"

#include <algorithm>
#include <cmath>

#include "tranche/base/text.hpp"

namespace tranche::config {
namespace {

/// Parses a scalar with `parse`; a problem that shows examples if it cannot.
template <class Parse>
auto parsed(const YamlNode& node, const std::string& owner, const char* expected, const char* examples,
            Findings& findings, Parse&& parse) -> decltype(parse(node.text)) {
  if (node.is_scalar())
    if (const auto value = parse(node.text)) return value;
  const auto shown = node.is_scalar() ? ticked(node.text) : std::string{"this"};
  findings.add(node, {owner + ": " + shown + " is not " + expected, "", examples});
  return {};
}

}  // namespace

std::optional<std::string> read_text(const YamlNode& node, const std::string& owner, Findings& findings) {
  if (node.is_scalar() && !node.text.empty()) return node.text;
  findings.add(node, {owner + " must be a text", "", ""});
  return std::nullopt;
}

std::optional<double> read_number(const YamlNode& node, const std::string& owner, Findings& findings) {
  return parsed(node, owner, "a number", "numbers look like 3, -0.5, 1e5, 200_000 or 0.1%", findings,
                [](const std::string& text) { return parse_number(text); });
}

std::optional<std::int64_t> read_whole(const YamlNode& node, const std::string& owner, Findings& findings) {
  return parsed(node, owner, "a whole number", "whole numbers look like 8, -3, 1e5 or 200_000", findings,
                [](const std::string& text) -> std::optional<std::int64_t> {
                  const auto value = parse_number(text);
                  if (!value || *value != std::floor(*value) || std::abs(*value) > 0x1p53)
                    return std::nullopt;
                  return static_cast<std::int64_t>(*value);
                });
}

std::optional<std::uint64_t> read_count(const YamlNode& node, const std::string& owner, CountLimits limits,
                                        Findings& findings) {
  const auto value = parsed(node, owner, "a count", "counts look like 8, 1e5 or 200_000", findings,
                            [](const std::string& text) { return parse_count(text); });
  if (!value || (*value >= limits.least && *value <= limits.most)) return value;
  findings.add(node, {owner + " must lie between " + std::to_string(limits.least) + " and " +
                          std::to_string(limits.most),
                      "", ""});
  return std::nullopt;
}

std::optional<double> read_duration(const YamlNode& node, const std::string& owner, Findings& findings) {
  const auto value = parsed(node, owner, "a duration", "durations look like 60 s, 30 min, 1h30m or 00:30:00",
                            findings, [](const std::string& text) { return parse_duration(text); });
  if (!value || *value > 0) return value;
  findings.add(node, {owner + " must be longer than nothing", "", ""});
  return std::nullopt;
}

std::optional<std::uint64_t> read_size(const YamlNode& node, const std::string& owner, Findings& findings) {
  return parsed(node, owner, "a size", "sizes look like 2 GB, 512 MiB or 100 kB", findings,
                [](const std::string& text) { return parse_size(text); });
}

std::optional<bool> read_flag(const YamlNode& node, const std::string& owner, Findings& findings) {
  const auto choice = read_choice(node, owner, {"false", "true"}, findings);
  if (!choice) return std::nullopt;
  return *choice == 1;
}

std::optional<std::size_t> read_choice(const YamlNode& node, const std::string& owner,
                                       const std::vector<std::string>& words, Findings& findings) {
  if (node.is_scalar()) {
    const auto found = std::ranges::find(words, node.text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  }
  const auto near = node.is_scalar() ? hint(node.text, words) : std::string{};
  const auto shown = node.is_scalar() ? ticked(node.text) : std::string{"this"};
  findings.add(node, {owner + " cannot be " + shown + near, "", "one of " + listed(words, "or")});
  return std::nullopt;
}

}  // namespace tranche::config
