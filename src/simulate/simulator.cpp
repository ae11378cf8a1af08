#include "simulator.hpp"

#include <variant>

#include "command_simulator.hpp"
#include "plugin_simulator.hpp"
#include "tranche/campaign/kind_name.hpp"
#include "worker_simulator.hpp"

namespace tranche::simulate {
namespace {

std::unique_ptr<Simulator> make(const campaign::PluginSpec&, const Setup& setup) {
  return std::make_unique<PluginSimulator>(setup);
}

std::unique_ptr<Simulator> make(const campaign::CommandSpec&, const Setup& setup) {
  return std::make_unique<CommandSimulator>(setup);
}

std::unique_ptr<Simulator> make(const campaign::WorkerSpec&, const Setup& setup) {
  return std::make_unique<WorkerSimulator>(setup);
}

std::unique_ptr<Simulator> make(const campaign::PythonSpec&, const Setup& setup) {
  return std::make_unique<WorkerSimulator>(setup);
}

}  // namespace

std::unique_ptr<Simulator> load_simulator(const Setup& setup) {
  return std::visit([&](const auto& kind) { return make(kind, setup); }, setup.spec.simulator.kind);
}

std::string simulator_name(const Setup& setup) {
  const auto& simulator = setup.spec.simulator;
  const bool loaded = std::holds_alternative<campaign::PluginSpec>(simulator.kind);
  return campaign::kind_name(simulator) + " " +
         (loaded ? setup.options.simulator.program : campaign::label(simulator));
}

}  // namespace tranche::simulate
