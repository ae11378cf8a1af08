#include "process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "system.hpp"

namespace tranche::simulate {
namespace {

constexpr std::size_t least_headroom = 4096;
constexpr std::size_t most_in_tree = 10'000;

/// Numbered entries of a directory of /proc.
std::vector<pid_t> numbers_in(const std::string& path) {
  std::vector<pid_t> numbers;
  DIR* listing = ::opendir(path.c_str());
  if (listing == nullptr) return numbers;
  while (const dirent* entry = ::readdir(listing)) {
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) != 0)
      numbers.push_back(static_cast<pid_t>(std::atoi(entry->d_name)));
  }
  ::closedir(listing);
  return numbers;
}

pid_t parent_of(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos || name_end + 4 >= text.size()) return 0;
  return static_cast<pid_t>(std::atoi(text.c_str() + name_end + 4));
}

std::vector<pid_t> children_by_search(pid_t pid) {
  std::vector<pid_t> children;
  for (const pid_t other : numbers_in("/proc")) {
    if (parent_of(other) == pid) children.push_back(other);
  }
  return children;
}

/// The number behind `label` in a file of /proc/<pid>; 0 if it is not there.
std::int64_t labelled_kb(pid_t pid, const char* file_name, const std::string& label) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/" + file_name};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(label)) return std::atoll(line.c_str() + label.size());
  return 0;
}

/// User, system, and that of awaited children, in seconds.
double cpu_of(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  unsigned long long user = 0;
  unsigned long long system = 0;
  long long awaited_user = 0;
  long long awaited_system = 0;
  std::sscanf(text.c_str() + name_end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld",
              &user, &system, &awaited_user, &awaited_system);
  const auto ticks = static_cast<double>(user + system) + static_cast<double>(awaited_user + awaited_system);
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

bool kernel_lists_children() {
  static const bool listed =
      ::access(("/proc/self/task/" + std::to_string(::getpid()) + "/children").c_str(), R_OK) == 0;
  return listed;
}

}  // namespace

std::vector<pid_t> children_of(pid_t pid) {
  if (!kernel_lists_children()) return children_by_search(pid);
  std::vector<pid_t> children;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const pid_t thread : numbers_in(tasks)) {
    std::ifstream file{tasks + "/" + std::to_string(thread) + "/children"};
    for (pid_t child = 0; file >> child;) children.push_back(child);
  }
  return children;
}

std::vector<pid_t> tree_of(pid_t pid) {
  std::vector<pid_t> known{pid};
  for (std::size_t k = 0; k < known.size() && known.size() < most_in_tree; ++k) {
    for (const pid_t child : children_of(known[k])) known.push_back(child);
  }
  return known;
}

TreeUse tree_use(pid_t pid) {
  TreeUse use;
  for (const pid_t each : tree_of(pid)) {
    use.resident += memory_use(each).resident;
    use.cpu_s += cpu_of(each);
    use.max_rss_kb = std::max(use.max_rss_kb, labelled_kb(each, "status", "VmHWM:"));
  }
  return use;
}

std::uint64_t tree_memory(pid_t pid) {
  std::uint64_t sum = 0;
  for (const pid_t each : tree_of(pid)) {
    const auto share = labelled_kb(each, "smaps_rollup", "Pss:");
    sum += share > 0 ? static_cast<std::uint64_t>(share) * 1024 : memory_use(each).resident;
  }
  return sum;
}

std::size_t count_tasks(pid_t pid, std::size_t enough) {
  const std::size_t threads = numbers_in("/proc/" + std::to_string(pid) + "/task").size();
  std::vector<pid_t> known{pid};
  const auto count = [&] { return threads + known.size() - 1; };
  for (std::size_t k = 0; k < known.size() && count() <= enough; ++k) {
    for (const pid_t child : children_of(known[k])) known.push_back(child);
  }
  return count();
}

std::size_t tasks_on_machine() noexcept {
  const FileDescriptor file{::open("/proc/loadavg", O_RDONLY | O_CLOEXEC)};
  char text[128];
  const ssize_t length = file ? ::read(file.get(), text, sizeof text - 1) : -1;
  if (length > 0) {
    text[length] = 0;
    unsigned long tasks = 0;
    if (std::sscanf(text, "%*s %*s %*s %*[0-9]/%lu", &tasks) == 1) return tasks;
  }
  struct sysinfo facts {};
  return ::sysinfo(&facts) == 0 ? facts.procs : 0;
}

std::size_t process_limit(std::uint32_t threads) noexcept {
  return 512 + 4 * std::size_t{threads};
}

std::size_t user_process_limit(std::size_t tasks, std::uint32_t slots, std::uint32_t threads) noexcept {
  return tasks + std::max(least_headroom, slots * process_limit(threads));
}

}  // namespace tranche::simulate
