/// \file
/// Which slot gets a task, and which gives some away.
/// Layer: adapter (simulate). In the agent.
#pragma once

#include <vector>

#include "slot_queue.hpp"

namespace tranche::simulate {

/// Of those with room. Precondition: there is one.
SlotQueue& least_loaded(std::vector<SlotQueue>& queues);

/// Each idle slot takes over half of what waits behind the longest queue, e.g. behind a run that hangs. True
/// if anything moved. `moving`: memory that is reused.
bool spread(std::vector<SlotQueue>& queues, std::vector<Task>& moving);

}  // namespace tranche::simulate
