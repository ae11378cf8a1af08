#include "tranche/campaign/kind_name.hpp"
#include "tranche/deck/words.hpp"

namespace tranche::campaign {
namespace {

std::string label_of(const PluginSpec& plugin) {
  return plugin.file;
}

std::string label_of(const CommandSpec& command) {
  return deck::shell_line(command.words);
}

std::string label_of(const WorkerSpec& worker) {
  return deck::shell_line(worker.argv);
}

std::string label_of(const PythonSpec& python) {
  return python.module + ":" + python.function;
}

const char* kind_of(const PluginSpec&) {
  return "plug-in";
}
const char* kind_of(const CommandSpec&) {
  return "command";
}
const char* kind_of(const WorkerSpec&) {
  return "worker";
}
const char* kind_of(const PythonSpec&) {
  return "Python function";
}

}  // namespace

std::string label(const SimulatorSpec& simulator) {
  return std::visit([](const auto& kind) { return label_of(kind); }, simulator.kind);
}

std::string kind_name(const SimulatorSpec& simulator) {
  return std::visit([](const auto& kind) { return kind_of(kind); }, simulator.kind);
}

}  // namespace tranche::campaign
