// failpoint() for real: does at a named place what the environment says.
//
//   TRANCHE_FAILPOINT=NAME:ACTION[:nth=N][:rank=R]      e.g. flush:io_error:nth=3:rank=1
//
//   die        SIGKILL to this process                  throw      a std::runtime_error
//   kill_job   SIGKILL to everything with our mark      io_error   an IoError
//   stop       SIGSTOP to this process                  sleep=S    goes on after S seconds
//
// nth counts the calls with this name in this process, from 1 (the default). Without rank: any.
#include "tranche/base/failpoint.hpp"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>

#include "half_commit.hpp"
#include "tranche/base/errors.hpp"

namespace tranche {
namespace {

struct Plan {
  std::string name;  ///< empty: nothing planned here
  std::string action;
  double seconds = 0;
  unsigned nth = 1;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

[[noreturn]] void misunderstood(const std::string& text) {
  std::cerr << "TRANCHE_FAILPOINT: cannot read `" << text << "`" << std::endl;
  std::_Exit(2);
}

bool is_action(const std::string& word) {
  for (const auto* known : {"die", "kill_job", "stop", "throw", "io_error", "sleep"})
    if (word == known) return true;
  return false;
}

Plan read_plan() {
  std::istringstream text{environment("TRANCHE_FAILPOINT")};
  Plan plan;
  std::string rank;
  std::getline(text, plan.name, ':');
  if (plan.name.empty()) return plan;
  std::getline(text, plan.action, ':');
  for (std::string word; std::getline(text, word, ':');) {
    if (word.starts_with("nth=")) {
      plan.nth = static_cast<unsigned>(std::stoul(word.substr(4)));
    } else if (word.starts_with("rank=")) {
      rank = word.substr(5);
    } else {
      misunderstood(word);
    }
  }
  if (plan.action.starts_with("sleep=")) {
    plan.seconds = std::stod(plan.action.substr(6));
    plan.action = "sleep";
  }
  if (!is_action(plan.action)) misunderstood(plan.action);
  const auto own_rank = environment("OMPI_COMM_WORLD_RANK");
  if (!rank.empty() && rank != (own_rank.empty() ? "0" : own_rank)) plan.name.clear();
  return plan;
}

/// All processes that carry our TRANCHE_TEST_MARK, this one last.
void kill_job() {
  const auto mark = "TRANCHE_TEST_MARK=" + environment("TRANCHE_TEST_MARK");
  DIR* processes = ::opendir("/proc");
  while (const dirent* entry = ::readdir(processes)) {
    const auto pid = std::atoi(entry->d_name);
    if (pid <= 1 || pid == ::getpid()) continue;
    std::ifstream file{"/proc/" + std::string{entry->d_name} + "/environ", std::ios::binary};
    const std::string words{std::istreambuf_iterator<char>{file}, {}};
    if (words.find(mark) != std::string::npos) ::kill(pid, SIGKILL);
  }
  ::raise(SIGKILL);
}

void act(const Plan& plan) {
  std::cerr << "failpoint " << plan.name << ": " << plan.action << std::endl;
  if (plan.action == "die") ::raise(SIGKILL);
  if (plan.action == "kill_job") kill_job();
  if (plan.action == "stop") ::raise(SIGSTOP);
  if (plan.action == "throw") throw std::runtime_error{"failpoint " + plan.name};
  if (plan.action == "io_error") throw IoError{"failpoint " + plan.name + ": No space left on device"};
  if (plan.action == "sleep") std::this_thread::sleep_for(std::chrono::duration<double>{plan.seconds});
}

}  // namespace

void failpoint(std::string_view name) {
  static const Plan plan = read_plan();
  static std::atomic<unsigned> calls{0};
  if (name == "mid-commit") half_commit::watch_next_write();
  if (name == plan.name && ++calls == plan.nth) act(plan);
}

}  // namespace tranche
