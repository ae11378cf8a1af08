/// \file
/// The life of one rank between MPI_Init and MPI_Finalize.
/// Layer: daemon.
#pragma once

#include <filesystem>
#include <optional>

#include "campaign_context.hpp"
#include "signals.hpp"
#include "silence_watch.hpp"
#include "tranche/comm/mpi_env.hpp"
#include "tranche/simulate/simulator_host.hpp"

namespace tranche::daemon {

struct DaemonOptions {
  std::filesystem::path campaign;
  std::filesystem::path outcome;      ///< where to say how it ended
  std::optional<std::uint8_t> until;  ///< number of the last stage to run
  std::string tool;                   ///< empty: run the campaign; else what tools.hpp has
  bool takeover = false;              ///< replace an owner on another host that has gone silent
  bool resume = false;                ///< lift a pause
  bool lifeline = false;              ///< standard input is a pipe that ends when `tranche run` does
  std::string scratch;                ///< private folder of this rank, node-local
  std::uint32_t slots = 0;            ///< 0: campaign.yaml's, or one per core this rank may use
  std::uint32_t slot_cores = 1;       ///< doctor: cores that each slot takes
  std::optional<double> ends_at;      ///< Unix time at which the allocation ends, if that was told
};

/// Forks the zygote. Call before MPI_Init. \throws Failure{environment}
void make_host(std::optional<simulate::SimulatorHost>& host, const CampaignContext& context,
               const DaemonOptions& options);

/// Collective. Rank 0 owns the campaign, every rank is an agent. Writes the outcome.
void run_rank(comm::MpiEnv& mpi, CampaignContext& context, simulate::SimulatorHost& host,
              const DaemonOptions& options, const Signals& signals, SilenceWatch& watch);

}  // namespace tranche::daemon
