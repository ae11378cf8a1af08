/// \file
/// The layers of a network as nodes of a graph.
/// Layer: exchange (private).
#pragma once

#include "graph.hpp"
#include "tranche/learn/network.hpp"

namespace tranche::exchange {

/// x: float32 [samples, inputs]; what is returned: float32 [samples, outputs].
Value add_network(Graph& graph, const learn::Network& network, const Value& x);

}  // namespace tranche::exchange
