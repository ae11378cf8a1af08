/// \file
/// From a fork of the agent to a process that user code may be loaded into.
/// Layer: adapter (simulate). In the zygote only.
#pragma once

#include "setup.hpp"

namespace tranche::simulate {

/// Gives up what the agent is: its terminal, descriptors, signals, MPI variables. `socket` stays open.
void leave_agent(const Setup& setup, int socket);

}  // namespace tranche::simulate
