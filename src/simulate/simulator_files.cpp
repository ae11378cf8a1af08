#include "tranche/simulate/simulator_files.hpp"

#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

#include "worker_files.hpp"

namespace tranche::simulate {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> places(const std::string& campaign_dir, const std::string& name) {
  if (fs::path{name}.is_absolute()) return {name};
  std::vector<fs::path> all{fs::absolute(fs::path{campaign_dir} / name).lexically_normal()};
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) all.push_back((program.parent_path() / "../lib/tranche" / name).lexically_normal());
  return all;
}

std::variant<SimulatorFiles, Problem> find(const std::string& campaign_dir,
                                           const campaign::PluginSpec& plugin) {
  Problem problem;
  problem.what = "plug-in " + plugin.file + " is not there";
  for (const fs::path& place : places(campaign_dir, plugin.file)) {
    std::error_code error;
    if (fs::is_regular_file(place, error)) return SimulatorFiles{place.string(), {}};
    problem.why += (problem.why.empty() ? "looked for " : ", ") + place.string();
  }
  problem.fix = "copy the library beside campaign.yaml, or write its absolute path";
  return problem;
}

std::variant<SimulatorFiles, Problem> find(const std::string& campaign_dir,
                                           const campaign::WorkerSpec& worker) {
  return find_worker(campaign_dir, worker);
}

std::variant<SimulatorFiles, Problem> find(const std::string& campaign_dir,
                                           const campaign::PythonSpec& python) {
  return find_python(campaign_dir, python);
}

Digest file_digest(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream content;
  content << file.rdbuf();
  if (!file.is_open() || file.bad()) throw IoError{"read " + path + ": it cannot be read"};
  const std::string bytes = std::move(content).str();
  return digest128(std::as_bytes(std::span{bytes}));
}

}  // namespace

Digest SimulatorFiles::digest() const {
  if (inputs.empty()) return file_digest(program);
  std::string all;
  if (!interpreter) all = file_digest(program).hex();
  for (const auto& input : inputs) all += file_digest(input).hex();
  return digest128(std::as_bytes(std::span{all}));
}

std::variant<SimulatorFiles, Problem> find_simulator(const std::string& campaign_dir,
                                                     const campaign::SimulatorSpec& simulator) {
  auto found = std::visit([&](const auto& kind) { return find(campaign_dir, kind); }, simulator.kind);
  if (auto* problem = std::get_if<Problem>(&found)) problem->where = simulator.where;
  return found;
}

SimulatorFiles require_simulator(const std::string& campaign_dir, const campaign::SimulatorSpec& simulator) {
  auto found = find_simulator(campaign_dir, simulator);
  if (auto* problem = std::get_if<Problem>(&found)) throw ConfigError{std::move(*problem)};
  return std::get<SimulatorFiles>(std::move(found));
}

}  // namespace tranche::simulate
