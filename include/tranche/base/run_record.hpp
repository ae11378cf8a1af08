/// \file
/// What is known of one finished run: the row of the ledger, before it is one.
/// Layer: base (pure).
#pragma once

#include <cstdint>
#include <string>

#include "tranche/base/ids.hpp"
#include "tranche/base/sample_state.hpp"

namespace tranche {

/// One attempt at one sample, finished. Strings are empty for `ok`.
struct RunRecord {
  RunId id;
  SampleState state = SampleState::pending;
  bool final = true;           ///< false: another attempt follows
  std::uint16_t slot = 0;      ///< on its host
  std::int32_t exit_code = 0;  ///< of a slot that called exit()
  std::int32_t signal = 0;     ///< that ended the slot; 0: none
  double wall_s = 0;
  double cpu_s = 0;  ///< user + system
  std::int64_t max_rss_kb = 0;
  double started_at = 0;       ///< Unix time, seconds
  std::uint64_t checksum = 0;  ///< of the stored outputs; 0 unless ok
  std::string reason;          ///< typed cause inside the state
  std::string message;         ///< one line for people

  bool operator==(const RunRecord&) const = default;
};

/// By a signal that nobody here sent: the machine may have run out of memory, or somebody tidied up.
inline bool killed_from_outside(const RunRecord& run) {
  return run.state == SampleState::crashed && run.reason == "sigkill";
}
/// So often such a kill is no fault of the sample: it does not count for `retries`.
inline constexpr unsigned most_forgiven_kills = 3;

}  // namespace tranche
