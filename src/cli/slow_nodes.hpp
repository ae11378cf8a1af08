/// \file
/// Nodes that do much less than the others.
/// Layer: application (cli), pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tranche/directory/status.hpp"

namespace tranche::cli {

struct SlowNode {
  std::string host;
  double share = 0;  ///< samples per slot, as a share of the median of the nodes
};

/// Nodes whose slots finish less than 60 % of what the median node's do. One is named only if 200 or more
/// were to be expected of it: then chance, with costs that vary by a factor of two, does not explain it.
/// At least three nodes, or none is named: of two nobody can tell which is usual. O(nodes log nodes).
std::vector<SlowNode> slow_nodes(std::span<const directory::AgentStatus> agents);

}  // namespace tranche::cli
