/// \file
/// The owner file as text, and what can be said about the process it names.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "tranche/directory/owner.hpp"

namespace tranche::directory {

/// Text with the counter in a field of fixed width, so that it can be rewritten in place.
struct OwnerText {
  std::string text;
  std::size_t counter_at = 0;
};

OwnerText to_text(const OwnerFacts& facts);
std::string counter_field(std::uint64_t counter);

/// Nothing if the file does not exist. Unreadable contents give facts with an empty nonce.
std::optional<OwnerFacts> read_owner(const std::filesystem::path& path);

/// Facts of this process, with a nonce of its own.
OwnerFacts own_facts(const std::string& purpose);

/// alive, dead or silent.
OwnerState judge(const OwnerFacts& facts);

}  // namespace tranche::directory
