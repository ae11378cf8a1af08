#include "slow_nodes.hpp"

#include <algorithm>
#include <cstdint>
#include <map>

namespace tranche::cli {
namespace {

constexpr double slow_share = 0.6;
constexpr double enough_samples = 200;

struct Node {
  std::string host;
  double slots = 0;
  double finished = 0;
  double per_slot() const { return finished / slots; }
};

std::vector<Node> nodes_of(std::span<const directory::AgentStatus> agents) {
  std::map<std::string, Node> by_host;
  for (const auto& agent : agents) {
    if (agent.quarantined) continue;
    auto& node = by_host[agent.host];
    node.host = agent.host;
    node.slots += agent.slots;
    node.finished += static_cast<double>(agent.finished);
  }
  std::vector<Node> nodes;
  for (auto& [host, node] : by_host)
    if (node.slots > 0) nodes.push_back(std::move(node));
  return nodes;
}

}  // namespace

std::vector<SlowNode> slow_nodes(std::span<const directory::AgentStatus> agents) {
  auto nodes = nodes_of(agents);
  std::vector<SlowNode> slow;
  if (nodes.size() < 3) return slow;
  std::sort(nodes.begin(), nodes.end(),
            [](const auto& a, const auto& b) { return a.per_slot() < b.per_slot(); });
  const double usual = nodes[nodes.size() / 2].per_slot();
  for (const auto& node : nodes) {
    if (node.per_slot() >= slow_share * usual) break;
    if (usual * node.slots >= enough_samples) slow.push_back({node.host, node.per_slot() / usual});
  }
  return slow;
}

}  // namespace tranche::cli
