#include "tranche/slurm/submit.hpp"

#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

/// What a command prints; nothing if it cannot be run or fails.
std::string text_from(const std::vector<std::string>& command) {
  const auto end = run_command(command, list_limit_s);
  return end && WIFEXITED(end->status) && WEXITSTATUS(end->status) == 0 ? end->text : "";
}

/// Its lines of one word, each once; longer ones are talk.
std::vector<std::string> words_from(const std::vector<std::string>& command) {
  std::istringstream text{text_from(command)};
  std::set<std::string> words;
  for (std::string line; std::getline(text, line);) {
    std::istringstream content{line};
    std::string word;
    std::string more;
    if (content >> word && !(content >> more)) words.insert(word);
  }
  return {words.begin(), words.end()};
}

/// Whoever calls; the environment of a batch job or of cron need not say.
std::string user_name() {
  std::array<char, 4096> space;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, space.data(), space.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  const char* user = std::getenv("USER");
  return user == nullptr ? "" : user;
}

/// `ClusterName = alpha`: one database may serve several clusters.
std::string cluster_name() {
  std::istringstream lines{text_from({"scontrol", "show", "config"})};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string key;
    std::string equals;
    std::string name;
    if (words >> key >> equals >> name && key == "ClusterName") return name;
  }
  return {};
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
  const auto user = user_name();
  if (user.empty()) return {};
  std::vector<std::string> command{"sacctmgr", "-n", "-P", "show", "assoc", "user=" + user};
  if (const auto cluster = cluster_name(); !cluster.empty()) command.push_back("cluster=" + cluster);
  command.emplace_back("format=account");
  return words_from(command);
}

}  // namespace tranche::slurm
