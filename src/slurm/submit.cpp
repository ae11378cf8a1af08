#include "tranche/slurm/submit.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>
#include <sstream>

#include "command.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::slurm {
namespace {

constexpr double submit_limit_s = 60;
constexpr double list_limit_s = 5;

/// `4711` or `4711;cluster`, on a line of its own between what plug-ins of the site say.
std::string job_id_in(const std::string& text) {
  std::istringstream lines{text};
  std::string id;
  for (std::string line; std::getline(lines, line);) {
    const auto number = line.substr(0, line.find(';'));
    if (!number.empty() &&
        std::all_of(number.begin(), number.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
      id = number;
  }
  return id;
}

/// Words that a command prints; none if it cannot be run or fails.
std::vector<std::string> words_from(const std::vector<std::string>& command) {
  const auto end = run_command(command, list_limit_s);
  if (!end || !WIFEXITED(end->status) || WEXITSTATUS(end->status) != 0) return {};
  std::istringstream text{end->text};
  std::set<std::string> words;
  for (std::string word; text >> word;) words.insert(word);
  return {words.begin(), words.end()};
}

}  // namespace

bool has_command(const std::string& name) {
  const char* value = std::getenv("PATH");
  std::istringstream folders{value == nullptr ? "" : value};
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access(((folder.empty() ? "." : folder) + "/" + name).c_str(), X_OK) == 0) return true;
  return false;
}

std::variant<Submitted, Refusal> submit_job(const JobOrder& order) {
  if (!has_command("sbatch"))
    throw Failure{ExitCode::environment,
                  "there is no sbatch here: jobs cannot be submitted from this machine",
                  "log in to the cluster, or load its Slurm module; without Slurm: tranche run"};
  std::vector<std::string> command{"sbatch", "--parsable"};
  command.insert(command.end(), order.options.begin(), order.options.end());
  command.push_back(order.script.string());
  const auto end = run_command(command, submit_limit_s);
  if (!end)
    throw Failure{ExitCode::environment, "no answer from sbatch: whether it has taken the job is not known",
                  "squeue --me shows your jobs"};
  const auto id = job_id_in(end->text);
  if (WIFEXITED(end->status) && WEXITSTATUS(end->status) == 0 && !id.empty()) return Submitted{id};
  return read_refusal(end->text, order.asked);
}

std::vector<std::string> partitions() {
  return words_from({"sinfo", "-h", "-o", "%R"});
}

std::vector<std::string> accounts() {
  const char* user = std::getenv("USER");
  if (user == nullptr || *user == '\0') return {};
  return words_from({"sacctmgr", "-n", "-P", "show", "assoc", std::string{"user="} + user, "format=account"});
}

}  // namespace tranche::slurm
