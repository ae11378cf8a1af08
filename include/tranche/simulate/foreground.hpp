/// \file
/// One run at a time, waited for: `tranche try`.
/// Layer: adapter (processes).
#pragma once

#include <span>
#include <vector>

#include "tranche/simulate/simulator_host.hpp"

namespace tranche::simulate {

/// A run and what it returned.
struct ForegroundRun {
  RunRecord record;
  std::vector<double> values;  ///< outputs as stored (log10 if the output says so), concatenated; ok only
  std::vector<double> meta;    ///< ok only
};

/// Runs `task` and waits for it. Preconditions: the host is started and has nothing in flight.
/// \throws Failure{environment} as SimulatorHost::poll.
ForegroundRun run_one(SimulatorHost& host, const campaign::CampaignSpec& spec, const Task& task);

/// The numbers of a stored row as doubles, outputs in declared order.
std::vector<double> stored_values(const campaign::CampaignSpec& spec, std::span<const std::byte> row);

}  // namespace tranche::simulate
