#include "tranche/campaign/spec.hpp"

namespace tranche::campaign {
namespace {

std::string label_of(const PluginSpec& plugin) {
  return plugin.file;
}

}  // namespace

std::string label(const SimulatorSpec& simulator) {
  return std::visit([](const auto& kind) { return label_of(kind); }, simulator.kind);
}

}  // namespace tranche::campaign
