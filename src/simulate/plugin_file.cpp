#include "tranche/simulate/plugin_file.hpp"

#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

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

}  // namespace

std::variant<std::string, Problem> find_plugin(const std::string& campaign_dir, const std::string& name) {
  Problem problem;
  problem.what = "plug-in " + name + " is not there";
  for (const fs::path& place : places(campaign_dir, name)) {
    std::error_code error;
    if (fs::is_regular_file(place, error)) return place.string();
    problem.why += (problem.why.empty() ? "looked for " : ", ") + place.string();
  }
  problem.fix = "copy the library beside campaign.yaml, or write its absolute path";
  return problem;
}

std::string require_plugin(const std::string& campaign_dir, const campaign::SimulatorSpec& simulator) {
  auto found = find_plugin(campaign_dir, simulator.plugin);
  if (auto* problem = std::get_if<Problem>(&found)) {
    problem->where = simulator.where;
    throw ConfigError{std::move(*problem)};
  }
  return std::get<std::string>(found);
}

Digest file_digest(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream content;
  content << file.rdbuf();
  if (!file.is_open() || file.bad()) throw IoError{"read " + path + ": it cannot be read"};
  const std::string bytes = std::move(content).str();
  return digest128(std::as_bytes(std::span{bytes}));
}

}  // namespace tranche::simulate
