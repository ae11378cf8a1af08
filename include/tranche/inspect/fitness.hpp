/// \file
/// What `tranche doctor` found: one line a check.
/// Layer: application library (pure).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tranche::inspect {

enum class Fitness : std::uint8_t { ok, warn, fail };
std::string_view to_string(Fitness fitness);  ///< `ok`, `warn`, `FAIL`

struct FitnessCheck {
  std::string name;
  Fitness fitness = Fitness::ok;
  std::string text;    ///< what was seen
  std::string advice;  ///< what to do; may be empty
};

/// An array of {"name", "fitness", "text", "advice"}, and back. Nothing is kept of what is no such array.
std::string to_json_text(const std::vector<FitnessCheck>& checks);
std::vector<FitnessCheck> fitness_from_json(const std::string& text);

}  // namespace tranche::inspect
