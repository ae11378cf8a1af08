/// \file
/// campaign.yaml: from a file to a checked CampaignSpec, or to all its problems at once.
/// Layer: adapter (config), the only one that uses yaml-cpp. No threads, no ranks.
///
/// config is the place where text becomes spec, so it may use the two other adapters that read text a
/// user wrote: expression (formulas) and units (unit strings). See docs/formats/campaign.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "tranche/base/errors.hpp"
#include "tranche/campaign/spec.hpp"

namespace tranche::config {

/// Reads and checks everything that can be known without running anything.
/// \throws ConfigError with every problem, each at its line and column; a missing or unreadable file
///         is one of them. `Problem::where.file` is `path` as given.
campaign::CampaignSpec load_campaign(const std::filesystem::path& path);

/// A file's text with the name that messages show, and the folder that relative paths start from.
struct CampaignText {
  std::string text;
  std::string file = "campaign.yaml";
  std::filesystem::path directory = ".";
};

/// As load_campaign, from text already in memory. Reads no file but a list design's.
campaign::CampaignSpec parse_campaign(const CampaignText& source);

/// What a renderer quotes lines from: problems in other files are shown without an excerpt.
struct SourceText {
  std::string file;
  std::string text;
};

enum class Color : std::uint8_t { off, on };

/// Problems for people, in the order of the file: place, what, the line with a caret, why, fix; at the
/// end their number if there is more than one. Ends in a newline. Columns count characters.
std::string render(std::span<const Problem> problems, const SourceText& source, Color color);

/// As above; the excerpts come from `path`, which is read again (without excerpts if it cannot be).
std::string render(std::span<const Problem> problems, const std::filesystem::path& path, Color color);

}  // namespace tranche::config
