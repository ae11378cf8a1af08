#include "control_groups.hpp"

#include <algorithm>
#include <fstream>
#include <istream>
#include <sstream>
#include <string>

#include "tranche/base/text.hpp"

namespace tranche::daemon {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

template <class Value>
std::optional<Value> lesser(std::optional<Value> one, std::optional<Value> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

/// Control groups 1 keep the two numbers in two files, and say -1 where there is no limit.
std::optional<double> quota_of_folder(const fs::path& folder) {
  if (const auto both = first_line(folder / "cpu.max"); !both.empty()) return parse_quota(both);
  return parse_quota(first_line(folder / "cpu.cfs_quota_us") + " " +
                     first_line(folder / "cpu.cfs_period_us"));
}

/// The list that holds, which parents narrow; without it (older kernels) the one that was asked for.
std::optional<std::uint32_t> cpus_of_folder(const fs::path& folder) {
  for (const auto* name : {"cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"})
    if (const auto cpus = parse_cpu_list(first_line(folder / name))) return cpus;
  return std::nullopt;
}

/// From a group up to the root of its hierarchy.
void tighten(GroupLimits& limits, const fs::path& hierarchy, const fs::path& group) {
  for (auto path = group.relative_path();; path = path.parent_path()) {
    limits.quota = lesser(limits.quota, quota_of_folder(hierarchy / path));
    limits.cpus = lesser(limits.cpus, cpus_of_folder(hierarchy / path));
    if (path.empty()) return;
  }
}

}  // namespace

GroupLimits group_limits(const fs::path& root, std::istream& membership) {
  GroupLimits limits;
  // `0::/group`, or `4:cpu,cpuacct:/group` of control groups 1.
  for (std::string line; std::getline(membership, line);) {
    const auto first = line.find(':');
    const auto second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) {
      tighten(limits, root, group);
      tighten(limits, root / "unified", group);  // beside control groups 1
      continue;
    }
    std::istringstream names{controllers};
    for (std::string name; std::getline(names, name, ',');)
      if (name == "cpu" || name == "cpuset") {
        tighten(limits, root / name, group);
        if (name != controllers) tighten(limits, root / controllers, group);
      }
  }
  return limits;
}

std::optional<double> parse_quota(std::string_view text) {
  std::istringstream words{std::string{text}};
  double quota = 0;
  double period = 0;
  if (!(words >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

std::optional<std::uint32_t> parse_cpu_list(std::string_view text) {
  std::uint64_t cpus = 0;
  std::istringstream items{std::string{text}};
  for (std::string item; std::getline(items, item, ',');) {
    const auto dash = item.find('-');
    const auto low = parse_count(item.substr(0, dash));
    const auto high = dash == item.npos ? low : parse_count(item.substr(dash + 1));
    if (!low || !high || *high < *low || *high - *low > 1'000'000) return std::nullopt;
    cpus += *high - *low + 1;
  }
  return cpus == 0 || cpus > 1'000'000 ? std::nullopt : std::optional{static_cast<std::uint32_t>(cpus)};
}

}  // namespace tranche::daemon
