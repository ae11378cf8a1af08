/// \file
/// States of a sample, with the numbers that ledger and store keep.
/// Layer: base (pure).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tranche {

/// Stored in the ledger and in every store file: never renumber.
enum class SampleState : std::uint8_t {
  pending = 0,   ///< not finished (the only state that has no final run)
  ok = 1,        ///< outputs are in the store
  failed = 2,    ///< the simulator said so, or an output broke a check
  timeout = 3,   ///< killed at the deadline
  crashed = 4,   ///< died: a signal, exit(), the memory limit
  invalid = 5,   ///< the simulator has no meaning at this point; never retried
  excluded = 6,  ///< breaks a constraint of the design; never run
};

inline constexpr std::array<std::string_view, 7> sample_state_names{
    "pending", "ok", "failed", "timeout", "crashed", "invalid", "excluded"};

inline constexpr std::size_t sample_state_count = sample_state_names.size();

constexpr std::string_view to_string(SampleState state) noexcept {
  return sample_state_names[static_cast<std::size_t>(state)];
}

constexpr std::optional<SampleState> sample_state_from(std::uint8_t number) noexcept {
  if (number >= sample_state_count) return std::nullopt;
  return static_cast<SampleState>(number);
}

/// States that count as failures in fail_rate. An invalid point is a statement about the point.
constexpr bool is_failure(SampleState state) noexcept {
  return state == SampleState::failed || state == SampleState::timeout || state == SampleState::crashed;
}

}  // namespace tranche
