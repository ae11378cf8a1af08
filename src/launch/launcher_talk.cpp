#include "launcher_talk.hpp"

#include <algorithm>
#include <array>
#include <regex>

namespace tranche::launch {
namespace {

bool is_rule(std::string_view line) {
  return line.size() >= 60 && line.find_first_not_of('-') == std::string_view::npos;
}

}  // namespace

bool LauncherTalk::takes(std::string_view line) {
  if (is_rule(line)) {
    inside_ = !inside_;
    return true;
  }
  if (inside_) read(line);
  // Open MPI's helper of a single rank does not know its own name.
  return inside_ || line.starts_with("mpirun: Forwarding signal") ||
         line.starts_with("(null): Forwarding signal") || takes_srun(line);
}

bool LauncherTalk::job_is_over() const {
  static constexpr std::array<std::string_view, 4> words{"already completing or completed",
                                                         "Invalid job id specified", "Expired or invalid job",
                                                         "Job credential revoked"};
  return std::any_of(words.begin(), words.end(),
                     [&](auto each) { return text_.find(each) != std::string::npos; });
}

/// srun speaks in lines: what it says of itself is nobody's business, what it says of a task may be a death.
bool LauncherTalk::takes_srun(std::string_view line) {
  if (!line.starts_with("srun: ")) return false;
  static const std::regex sentence{R"(srun: error: (\S+): tasks? ([\d,-]+): (.+))"};
  std::match_results<std::string_view::const_iterator> match;
  if (std::regex_search(line.begin(), line.end(), match, sentence)) {
    const auto how = match[3].str();
    if (death_.empty() && how.find("Exited with exit code") == std::string::npos)
      death_ = "rank " + match[2].str() + " on node " + match[1].str() + " died: " + how;
  } else if (line.starts_with("srun: error: ")) {
    text_ += std::string{line} + "\n";
  }
  return true;
}

/// Open MPI 4: "mpirun noticed that process rank 1 with PID 0 on node n2 exited on signal 9 (Killed)."
/// and, of a node that is gone as a whole: "Remote daemon: [[6746,0],1] on node n2".
void LauncherTalk::read(std::string_view line) {
  static const std::regex sentence{
      R"(process rank (\d+) with PID \d+ on node (\S+) exited on (signal \d+(?: \([^)]*\))?))"};
  static const std::regex lost{R"(Remote daemon: +\S+ on node (\S+))"};
  std::match_results<std::string_view::const_iterator> match;
  if (death_.empty() && std::regex_search(line.begin(), line.end(), match, lost)) {
    death_ = "the connection to node " + match[1].str() + " was lost";
    return;
  }
  if (death_.empty() && std::regex_search(line.begin(), line.end(), match, sentence)) {
    death_ = "rank " + match[1].str() + " on node " + match[2].str() + " died: " + match[3].str();
    return;
  }
  text_ += std::string{line} + "\n";
}

}  // namespace tranche::launch
