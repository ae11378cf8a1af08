#include "launcher_watch.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace tranche::launch {
namespace {

namespace fs = std::filesystem;

bool lives(pid_t process) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/stat"};
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(')');  // a name may contain anything
  return name_end != text.npos && name_end + 2 < text.size() && text[name_end + 2] != 'Z' &&
         text[name_end + 2] != 'X';
}

}  // namespace

std::optional<bool> has_living_child(pid_t parent) {
  const fs::path threads = "/proc/" + std::to_string(parent) + "/task";
  std::error_code error;
  std::optional<bool> answer;
  for (fs::directory_iterator at{threads, error}, end; !error && at != end; at.increment(error)) {
    std::ifstream children{at->path() / "children"};
    if (!children) continue;
    answer = false;
    for (pid_t child = 0; children >> child;)
      if (lives(child)) return true;
  }
  return answer;
}

bool LauncherWatch::bereft(double now) {
  const auto has = has_living_child(launcher_);
  if (has.value_or(false)) last_seen_ = now;
  return has && !*has && last_seen_ && now - *last_seen_ > patience_s_;
}

}  // namespace tranche::launch
