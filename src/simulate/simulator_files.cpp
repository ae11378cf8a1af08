#include "tranche/simulate/simulator_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

#include "command_files.hpp"
#include "worker_files.hpp"

namespace tranche::simulate {
namespace {

namespace fs = std::filesystem;

/// Of a folder that belongs to a simulator: each start of a campaign reads them.
constexpr std::size_t most_files_read = 10'000;
constexpr std::uintmax_t most_bytes_read = std::uintmax_t{1} << 30;

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
                                           const campaign::CommandSpec& command) {
  return find_command(campaign_dir, command);
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

/// By names and contents; beyond the limits by names and sizes.
Digest folder_digest(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
    if (at->is_regular_file(error)) files.push_back(at->path());
  if (error) throw IoError{"read " + folder + ": " + error.message()};
  std::sort(files.begin(), files.end());
  std::string all;
  std::uintmax_t read = 0;
  for (std::size_t k = 0; k < files.size(); ++k) {
    const auto bytes = fs::file_size(files[k]);
    read += bytes;
    all += files[k].lexically_relative(folder).string() + '\0' + std::to_string(bytes) + '\0';
    if (k < most_files_read && read <= most_bytes_read) all += file_digest(files[k].string()).hex();
  }
  return digest128(std::as_bytes(std::span{all}));
}

}  // namespace

std::vector<FilePart> SimulatorFiles::parts() const {
  std::vector<FilePart> parts;
  if (!interpreter || inputs.empty()) parts.push_back({program, file_digest(program)});
  for (const auto& input : inputs)
    parts.push_back({input, fs::is_directory(input) ? folder_digest(input) : file_digest(input)});
  return parts;
}

Digest SimulatorFiles::digest_of(const std::vector<FilePart>& parts) const {
  if (inputs.empty()) return parts.front().digest;
  std::string all;
  for (const auto& part : parts) all += part.digest.hex();
  return digest128(std::as_bytes(std::span{all}));
}

FileDigests named_parts(const std::string& campaign_dir, const std::vector<FilePart>& parts) {
  const auto root = fs::absolute(campaign_dir).lexically_normal();
  FileDigests named;
  for (const auto& part : parts) {
    const auto inside = fs::path{part.path}.lexically_relative(root);
    const bool below = !inside.empty() && *inside.begin() != "..";
    named[below ? inside.string() : part.path] = part.digest.hex();
  }
  return named;
}

std::vector<std::string> describe_change(const FileDigests& then, const FileDigests& now) {
  std::vector<std::string> lines;
  for (const auto& [name, digest] : then) {
    const auto found = now.find(name);
    if (found == now.end())
      lines.push_back(name + " no longer belongs to the simulator");
    else if (found->second != digest)
      lines.push_back(name + " has changed");
  }
  for (const auto& [name, digest] : now)
    if (!then.contains(name)) lines.push_back(name + " is new");
  return lines;
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
