#include "command_plan.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "command_files.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/deck/words.hpp"

namespace tranche::simulate {
namespace {

namespace fs = std::filesystem;

std::string read_template(const std::string& path) {
  std::ifstream stream{path, std::ios::binary};
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream) throw Failure{ExitCode::environment, "template " + path + " cannot be read"};
  return std::move(content).str();
}

/// Slots share their cores: ranks are not bound, there may be more of them than cores, and a launcher that
/// runs as root has been told so when tranche was.
std::vector<std::string> launcher_variables() {
  std::vector<std::string> variables{
      "OMPI_MCA_hwloc_base_binding_policy=none", "OMPI_MCA_rmaps_base_oversubscribe=1",
      "PRTE_MCA_hwloc_default_binding_policy=none", "PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe"};
  if (::geteuid() == 0)
    for (const char* name : {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"})
      variables.emplace_back(name);
  return variables;
}

}  // namespace

std::string default_launch() {
  const char* node = std::getenv("SLURMD_NODENAME");
  if (std::getenv("SLURM_JOB_ID") == nullptr || node == nullptr || find_in_path("srun").empty())
    return "mpirun -n {ranks}";
  return std::string{"srun --mpi=pmix --overlap --quiet --cpu-bind=none --nodes=1 --nodelist="} + node +
         " --ntasks={ranks}";
}

CommandPlan::CommandPlan(const Setup& setup)
    : setup_{setup},
      command_{std::get<campaign::CommandSpec>(setup.spec.simulator.kind)},
      units_{setup.spec},
      names_{campaign::placeholder_names(setup.spec)},
      program_{setup.options.simulator.program} {
  if (setup.spec.resources.ranks > 1) plan_launch();
  // A path is no deck: its braces stay.
  deck::Delimiters none{std::string(1, '\0'), std::string(2, '\0')};
  words_.push_back(std::get<deck::Deck>(deck::Deck::parse(setup.options.simulator.program, names_, none)));
  for (std::size_t k = 1; k < command_.words.size(); ++k)
    words_.push_back(parse(command_.words[k], "`command`"));
  plan_files();
  plan_reads();
  for (const auto& rule : command_.failures) rules_.push_back({std::regex{rule.match}, &rule});
}

deck::Deck CommandPlan::parse(const std::string& text, const std::string& what) const {
  auto parsed = deck::Deck::parse(text, names_, command_.delimiters);
  if (auto* deck = std::get_if<deck::Deck>(&parsed)) return std::move(*deck);
  throw Failure{ExitCode::environment, what + ": " + std::get<1>(parsed).front().what, "tranche check"};
}

void CommandPlan::plan_launch() {
  const auto launch = command_.launch.empty() ? default_launch() : command_.launch;
  const auto split = deck::split_words(launch);
  const auto* words = std::get_if<std::vector<deck::Word>>(&split);
  if (words == nullptr || words->empty())
    throw Failure{ExitCode::environment, "`launch` is no command line: " + launch};
  const auto& first = words->front().text;
  program_ = first.find('/') == std::string::npos ? find_in_path(first) : first;
  if (program_.empty() || ::access(program_.c_str(), X_OK) != 0)
    throw Failure{ExitCode::environment, "the launcher " + first + " of `launch` is not there",
                  "load the MPI module that has it, or write another `launch`"};
  for (const auto& word : *words) words_.push_back(parse(word.text, "`launch`"));
  variables_ = launcher_variables();
}

void CommandPlan::plan_files() {
  const fs::path folder{setup_.options.campaign_dir};
  for (const auto& input : command_.inputs)
    decks_.push_back(
        {input.file, parse(read_template((folder / input.source).string()), "template " + input.source)});
  for (const auto& file : command_.files)
    links_.push_back({campaign::link_name(file), fs::absolute(folder / file).lexically_normal().string()});
  // What is to be kept must lie together.
  private_directory_ = !decks_.empty() || !links_.empty() || setup_.options.keep == Keep::all;
}

void CommandPlan::plan_reads() {
  const auto add = [&](const campaign::ReadSpec& read, std::vector<deck::Deck>& files) {
    files.push_back(parse(read.file, "`read`"));
    const bool from_file = read.kind < campaign::ReadSpec::Kind::extrapolated && read.file != "stdout";
    private_directory_ = private_directory_ || from_file;
  };
  for (const auto& output : setup_.spec.outputs)
    add(output.read.value_or(campaign::ReadSpec{}), output_files_);
  for (const auto& read : setup_.spec.meta_reads) add(read, meta_files_);
}

std::vector<deck::Value> CommandPlan::values(const Sample& sample, const std::string& rundir,
                                             const std::vector<campaign::Setting>& settings) const {
  const auto& spec = setup_.spec;
  std::vector<deck::Value> values;
  values.reserve(names_.size());
  for (const double number : sample.x) values.push_back({number, {}});
  for (std::size_t k = 0; k < spec.parameters.size(); ++k)
    if (const auto* levels = std::get_if<campaign::Levels>(&spec.parameters[k].domain))
      values[k].text = levels->names.at(static_cast<std::size_t>(sample.x[k]));
  for (const auto& setting : settings)
    for (std::size_t k = 0; k < spec.constants.size(); ++k)
      if (spec.constants[k].name == setting.name) values[spec.parameters.size() + k].number = setting.value;
  values.push_back({static_cast<double>(sample.task.index), {}});
  values.push_back({static_cast<double>(sample.task.stage), {}});
  values.push_back({static_cast<double>(sample.task.attempt), {}});
  values.push_back({0, std::to_string(sample.seed)});
  values.push_back({0, rundir});
  values.push_back({0, setup_.options.campaign_dir});
  values.push_back({static_cast<double>(spec.resources.ranks), {}});
  values.push_back({static_cast<double>(spec.resources.threads), {}});
  return values;
}

SpawnOrder CommandPlan::order(std::span<const deck::Value> values) const {
  SpawnOrder order;
  order.program = program_;
  for (const auto& word : words_) order.arguments.push_back(word.fill(values));
  order.variables = variables_;
  order.input = command_.input;
  return order;
}

}  // namespace tranche::simulate
