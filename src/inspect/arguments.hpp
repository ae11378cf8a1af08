/// \file
/// The arguments of a request, which anybody may have written: every one is read with its type.
/// Layer: application library.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tranche::inspect {

/// Absent and null arguments are not given, unknown ones are ignored.
class Arguments {
 public:
  /// \throws ConfigError if the text is no JSON object
  Arguments(std::string verb, const std::string& json);

  /// All throw ConfigError, naming verb and argument, for a value of another type.
  std::optional<std::string> text(const char* key) const;
  std::optional<std::uint64_t> count(const char* key) const;
  std::optional<double> positive(const char* key) const;
  bool flag(const char* key) const;  ///< false if not given

 private:
  /// The value, or nullptr.
  const nlohmann::json* find(const char* key) const;

  std::string verb_;
  nlohmann::json object_;
};

}  // namespace tranche::inspect
