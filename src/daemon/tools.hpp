/// \file
/// What tranched does beside running a campaign: `--tool doctor`, `--tool store-bench`.
/// Layer: daemon. Collective.
#pragma once

#include "daemon_main.hpp"

namespace tranche::daemon {

/// Works in options.campaign, an empty folder; the outcome's text is a JSON document from rank 0.
/// \throws Failure
void run_tool(comm::MpiEnv& mpi, const DaemonOptions& options);

}  // namespace tranche::daemon
