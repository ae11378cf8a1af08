/// \file
/// What is recorded of a run whose process died: state, reason and message, time and memory.
/// Layer: adapter (simulate). In the zygote only.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "shared_area.hpp"
#include "tranche/campaign/spec.hpp"

namespace tranche::simulate {

/// How a slot process ended.
struct SlotDeath {
  int status = 0;  ///< of wait4
  rusage usage{};
  std::uint64_t at_ns = 0;  ///< CLOCK_MONOTONIC
};

/// Why the zygote killed a process.
enum class KillCause { deadline, memory, processes, damage };

/// Fills the figures of the begun run; everything else is reset.
void measure_death(const SlotDeath& death, const SlotHeader& header, RunResult& result);

/// Fills state, reason, message, exit code and signal. `killed`: what for, if we did; never damage.
/// `most_tasks`: its limit on threads and processes.
void describe_death(const SlotDeath& death, const SlotHeader& header, std::optional<KillCause> killed,
                    const campaign::SimulatorSpec& limits, std::size_t most_tasks, RunResult& result);

/// The same for a process that wrote where it must not, whatever it died of.
void describe_damage(const SlotDeath& death, RunResult& result);

}  // namespace tranche::simulate
