/// \file
/// Which processes are whose, from /proc.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace tranche::test {

struct ProcessFacts {
  char state = '?';  ///< Z: dead, not yet reaped
  pid_t parent = 0;
};

/// Nothing of a process that is gone.
inline ProcessFacts process_facts(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  return {text[name_end + 2], static_cast<pid_t>(std::atoi(text.c_str() + name_end + 4))};
}

/// Neither gone nor waiting to be reaped.
inline bool is_running(pid_t pid) {
  const char state = process_facts(pid).state;
  return state != '?' && state != 'Z';
}

inline std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
    const std::string name = entry.path().filename();
    if (std::isdigit(static_cast<unsigned char>(name[0])) == 0) continue;
    const auto pid = static_cast<pid_t>(std::stol(name));
    const ProcessFacts facts = process_facts(pid);
    if (facts.parent == parent && facts.state != 'Z') children.push_back(pid);
  }
  return children;
}

inline std::vector<pid_t> grandchildren_of(pid_t pid) {
  std::vector<pid_t> all;
  for (const pid_t child : children_of(pid)) {
    for (const pid_t grandchild : children_of(child)) all.push_back(grandchild);
  }
  return all;
}

/// Children and theirs, all the way down.
inline std::vector<pid_t> descendants_of(pid_t pid) {
  std::vector<pid_t> all = children_of(pid);
  for (std::size_t k = 0; k < all.size(); ++k) {
    for (const pid_t child : children_of(all[k])) all.push_back(child);
  }
  return all;
}

}  // namespace tranche::test
