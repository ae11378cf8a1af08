#include "tranche/campaign/spec.hpp"
#include "tranche/deck/words.hpp"

namespace tranche::campaign {
namespace {

std::string label_of(const PluginSpec& plugin) {
  return plugin.file;
}

std::string label_of(const CommandSpec& command) {
  return deck::shell_line(command.words);
}

}  // namespace

std::string label(const SimulatorSpec& simulator) {
  return std::visit([](const auto& kind) { return label_of(kind); }, simulator.kind);
}

}  // namespace tranche::campaign
