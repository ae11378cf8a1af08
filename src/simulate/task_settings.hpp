/// \file
/// Other values of constants for single runs (campaign/settings.hpp): the agent numbers them and writes them
/// into the scratch, slots look them up there. A slot may be older than the wish. Layer: adapter (simulate).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tranche/campaign/settings.hpp"

namespace tranche::simulate {

/// In the agent.
class SettingsBook {
 public:
  explicit SettingsBook(const std::string& scratch);
  ~SettingsBook();  ///< removes what it wrote
  SettingsBook(const SettingsBook&) = delete;
  SettingsBook& operator=(const SettingsBook&) = delete;

  /// The same for the same text; 0 for none. \throws IoError
  std::uint64_t number_of(const std::string& text);

 private:
  std::string folder_;
  std::map<std::string, std::uint64_t> numbers_;
};

/// In a slot.
class TaskSettings {
 public:
  explicit TaskSettings(const std::string& scratch);

  /// None for 0. \throws IoError, std::invalid_argument
  const std::vector<campaign::Setting>& of(std::uint64_t number);

 private:
  std::string folder_;
  std::map<std::uint64_t, std::vector<campaign::Setting>> known_{{0, {}}};
};

}  // namespace tranche::simulate
