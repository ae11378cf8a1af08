#include "worker_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "command_files.hpp"
#include "tranche/base/text.hpp"

namespace tranche::simulate {
namespace {

namespace fs = std::filesystem;

constexpr const char* helper_name = "tranche_worker.py";

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

fs::path beside_campaign(const std::string& campaign_dir, const std::string& name) {
  return fs::absolute(fs::path{campaign_dir} / name).lexically_normal();
}

Problem problem(std::string what, std::string why, std::string fix) {
  return {std::move(what), {}, std::move(why), std::move(fix)};
}

/// The helper's folder; beside the build's and the installation's programs alike.
fs::path helper_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path{} : (program.parent_path() / "../share/tranche").lexically_normal();
}

/// So that scripts can say `from tranche_worker import serve`.
std::vector<std::string> variables(const fs::path& helper) {
  const char* present = std::getenv("PYTHONPATH");
  const std::string before = present == nullptr || *present == 0 ? "" : std::string{present} + ":";
  return {"TRANCHE_WORKER=1", "PYTHONPATH=" + before + helper.string()};
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{folder, error})
    names.push_back(entry.path().filename().string());
  return names;
}

std::string close_to(const std::string& name, const std::vector<std::string>& candidates) {
  const auto near = did_you_mean(name, candidates);
  return near ? "; did you mean `" + *near + "`?" : "";
}

Problem missing_file(const std::string& campaign_dir, const std::string& name) {
  return problem("file " + name + " is not there" + close_to(name, names_in(campaign_dir)),
                 "looked for " + beside_campaign(campaign_dir, name).string(),
                 "copy it beside campaign.yaml, or write its absolute path");
}

/// Adds `names`, as files beside campaign.yaml.
std::optional<Problem> add_files(const std::string& campaign_dir, const std::vector<std::string>& names,
                                 std::vector<std::string>& inputs) {
  for (const auto& name : names) {
    const auto path = beside_campaign(campaign_dir, name);
    if (!is_file(path)) return missing_file(campaign_dir, name);
    inputs.push_back(path.string());
  }
  return std::nullopt;
}

/// All of a package, in the order of their names: the same on every machine.
std::vector<std::string> sources_below(const fs::path& package) {
  std::vector<std::string> sources;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator{package, error})
    if (entry.path().extension() == ".py" && is_file(entry.path())) sources.push_back(entry.path().string());
  std::sort(sources.begin(), sources.end());
  return sources;
}

std::vector<std::string> modules_in(const fs::path& folder) {
  std::vector<std::string> modules;
  for (const auto& name : names_in(folder)) {
    if (name.ends_with(".py")) modules.push_back(name.substr(0, name.size() - 3));
    if (is_file(folder / name / "__init__.py")) modules.push_back(name);
  }
  return modules;
}

std::variant<std::vector<std::string>, Problem> find_module(const std::string& campaign_dir,
                                                            const std::string& module) {
  auto name = module;
  std::replace(name.begin(), name.end(), '.', '/');
  const auto file = beside_campaign(campaign_dir, name + ".py");
  const auto package = beside_campaign(campaign_dir, name.substr(0, name.find('/')));
  const bool in_package = is_file(package / "__init__.py");
  if (in_package && (is_file(file) || is_file(beside_campaign(campaign_dir, name) / "__init__.py")))
    return sources_below(package);
  if (is_file(file)) return std::vector<std::string>{file.string()};
  return problem("Python module " + module + " is not there" + close_to(module, modules_in(campaign_dir)),
                 "looked for " + file.string(), "put " + name + ".py beside campaign.yaml");
}

}  // namespace

std::variant<SimulatorFiles, Problem> find_worker(const std::string& campaign_dir,
                                                  const campaign::WorkerSpec& worker) {
  const auto& name = worker.argv.front();
  auto program = find_program(campaign_dir, name);
  if (auto* missing = std::get_if<Problem>(&program)) return std::move(*missing);
  SimulatorFiles files;
  files.program = std::get<std::string>(program);
  files.arguments.push_back(files.program);
  for (std::size_t k = 1; k < worker.argv.size(); ++k) {
    const auto& argument = worker.argv[k];
    const auto path = beside_campaign(campaign_dir, argument);
    const bool known = !argument.empty() && is_file(path);
    if (!known && looks_like_script(argument)) return missing_file(campaign_dir, argument);
    if (known) files.inputs.push_back(path.string());
    files.arguments.push_back(known ? path.string() : argument);
  }
  files.interpreter = !files.inputs.empty() && name.find('/') == std::string::npos &&
                      !is_file(beside_campaign(campaign_dir, name));
  if (auto missing = add_files(campaign_dir, worker.files, files.inputs)) return std::move(*missing);
  files.variables = variables(helper_folder());
  return files;
}

std::variant<SimulatorFiles, Problem> find_python(const std::string& campaign_dir,
                                                  const campaign::PythonSpec& python) {
  auto program = find_program(campaign_dir, python.interpreter);
  if (auto* missing = std::get_if<Problem>(&program)) return std::move(*missing);
  auto sources = find_module(campaign_dir, python.module);
  if (auto* missing = std::get_if<Problem>(&sources)) return std::move(*missing);
  const auto helper = helper_folder() / helper_name;
  if (!is_file(helper))
    return problem(std::string{helper_name} + " is not there", "looked for " + helper.string(),
                   "it belongs to an installation of tranche: install it again");
  SimulatorFiles files;
  files.program = std::get<std::string>(program);
  files.interpreter = true;
  files.inputs = std::get<std::vector<std::string>>(std::move(sources));
  files.arguments = {files.program, helper.string(), python.module + ":" + python.function};
  if (auto missing = add_files(campaign_dir, python.files, files.inputs)) return std::move(*missing);
  files.variables = variables(helper_folder());
  return files;
}

}  // namespace tranche::simulate
