/// \file
/// Single values: numbers, counts, durations, sizes, words. Nothing is returned after a problem.
/// Layer: config (private). `owner` names the key in messages, e.g. "`timeout`".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "findings.hpp"
#include "yaml_tree.hpp"

namespace tranche::config {

std::optional<std::string> read_text(const YamlNode& node, const std::string& owner, Findings& findings);
std::optional<double> read_number(const YamlNode& node, const std::string& owner, Findings& findings);
/// A whole number, of either sign, below 2^53.
std::optional<std::int64_t> read_whole(const YamlNode& node, const std::string& owner, Findings& findings);

struct CountLimits {
  std::uint64_t least = 0;
  std::uint64_t most = std::uint64_t{1} << 53;
};
std::optional<std::uint64_t> read_count(const YamlNode& node, const std::string& owner, CountLimits limits,
                                        Findings& findings);
/// Seconds, above 0.
std::optional<double> read_duration(const YamlNode& node, const std::string& owner, Findings& findings);
std::optional<std::uint64_t> read_size(const YamlNode& node, const std::string& owner, Findings& findings);
/// `true` or `false`.
std::optional<bool> read_flag(const YamlNode& node, const std::string& owner, Findings& findings);
/// Position in `words` of the word that stands here.
std::optional<std::size_t> read_choice(const YamlNode& node, const std::string& owner,
                                       const std::vector<std::string>& words, Findings& findings);

}  // namespace tranche::config
