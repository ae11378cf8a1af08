/// \file
/// Everything that travels between master and agents.
/// Layer: wire (pure). Changing a struct means a new `wire_version` (tests/unit/wire keeps golden bytes).
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/base/run_record.hpp"

namespace tranche::wire {

inline constexpr std::uint16_t wire_version = 4;

/// A sample that already has recorded runs, or other rules than the rest.
struct AttemptFrom {
  SampleIndex index = 0;
  std::uint8_t attempt = 0;   ///< the next one: go on counting
  std::uint8_t forgiven = 0;  ///< attempts that do not count for `retries`: no fault of the sample
  double timeout_s = 0;       ///< wall time limit instead of the campaign's; 0: the campaign's
  std::string with{};         ///< other values of constants, `dt=0.5`; empty: the campaign's
  bool operator==(const AttemptFrom&) const = default;
};

// --- orders to an agent ---------------------------------------------------------------------------

/// Open this stage's file together (collective).
struct OpenStage {
  StageKey stage;
  bool operator==(const OpenStage&) const = default;
};

/// These indices are the agent's to run. Excluded ones among them are skipped by the agent.
struct Grant {
  std::vector<IndexRange> ranges;
  std::vector<AttemptFrom> attempts;
  bool operator==(const Grant&) const = default;
};

/// Give back what has not begun, finish or end what runs within `grace_s`, then report `Withdrawn`. What is
/// ended and has run for `longest_s` is recorded as `timeout`, reason `allocation`: it would not end the next
/// time either.
struct Withdraw {
  double grace_s = 0;
  double longest_s = std::numeric_limits<double>::infinity();
  bool operator==(const Withdraw&) const = default;
};

/// Write, agree, flush, agree, and send `EpochRecords` (collective).
struct Epoch {
  std::uint64_t number = 0;
  bool operator==(const Epoch&) const = default;
};

/// Close the stage's file together (collective).
struct CloseStage {
  bool operator==(const CloseStage&) const = default;
};

/// Stop the slots and leave the loop.
struct Leave {
  bool operator==(const Leave&) const = default;
};

using ToAgent = std::variant<OpenStage, Grant, Withdraw, Epoch, CloseStage, Leave>;

// --- facts from an agent --------------------------------------------------------------------------

/// First message of an agent.
struct Hello {
  std::string host;
  std::uint32_t slots = 0;
  std::uint32_t cores = 0;  ///< the process may use
  bool operator==(const Hello&) const = default;
};

/// Sent when the backlog runs low, and at least once a second: also the heartbeat. Sums count from
/// the agent's start.
struct Report {
  std::uint64_t granted = 0;         ///< indices received so far: tells the master which grants this knows of
  std::uint64_t backlog = 0;         ///< owned, not finished (running and excluded ones included)
  std::uint64_t finished = 0;        ///< final runs since the start
  std::uint64_t runs = 0;            ///< runs since the start, retries included
  double wall_s = 0;                 ///< of all runs since the start
  std::uint64_t buffered_bytes = 0;  ///< rows and records waiting for the next epoch; 0 only if none wait
  std::uint32_t idle_slots = 0;
  bool operator==(const Report&) const = default;
};

/// Answer to `Withdraw`: nothing runs any more; these indices were never begun or were ended unrecorded.
struct Withdrawn {
  std::vector<IndexRange> ranges;
  double cut_s = 0;   ///< wall time of the runs that were ended, summed
  double idle_s = 0;  ///< of slots without work since the order, summed
  bool operator==(const Withdrawn&) const = default;
};

/// Exactly the runs whose rows this epoch made durable. `skipped`: excluded indices met in grants.
struct EpochRecords {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;  ///< written by this agent
  double duration_s = 0;    ///< steps 1 to 3
  std::vector<IndexRange> skipped;
  std::vector<RunRecord> runs;
  bool operator==(const EpochRecords&) const = default;
};

using FromAgent = std::variant<Hello, Report, Withdrawn, EpochRecords>;

}  // namespace tranche::wire
