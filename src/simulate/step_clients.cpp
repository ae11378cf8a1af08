#include "step_clients.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <string>

#include "process_tree.hpp"

namespace tranche::simulate {
namespace {

/// Name and state of a process: `(srun) S`; empty if there is none.
std::string name_and_state(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  std::getline(file, text);
  const auto begin = text.find('(');
  const auto end = text.rfind(')');
  if (begin == std::string::npos || end == std::string::npos) return {};
  return text.substr(begin, end + 3 - begin);
}

bool is_client(pid_t pid) {
  const auto text = name_and_state(pid);
  return text.starts_with("(srun) ") && !text.ends_with('Z');
}

/// Not those below a client: its helper does what it says.
void add_clients(pid_t below, std::vector<pid_t>& clients) {
  for (const pid_t pid : children_of(below)) {
    if (is_client(pid))
      clients.push_back(pid);
    else
      add_clients(pid, clients);
  }
}

}  // namespace

StepClients::StepClients(pid_t slot) {
  add_clients(slot, clients_);
}

void StepClients::ask_to_end() const noexcept {
  for (const pid_t pid : clients_) ::kill(pid, SIGTERM);
}

bool StepClients::gone() const {
  return std::none_of(clients_.begin(), clients_.end(), is_client);
}

}  // namespace tranche::simulate
