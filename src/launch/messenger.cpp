#include "messenger.hpp"

#include <cstdint>
#include <fstream>
#include <string>

namespace tranche::launch {

std::optional<bool> withstands(pid_t process, int signal) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/status"};
  std::uint64_t any = 0;
  int found = 0;
  for (std::string line; std::getline(file, line);)
    for (const char* name : {"SigBlk:", "SigIgn:", "SigCgt:"})
      if (line.starts_with(name)) {
        any |= std::stoull(line.substr(7), nullptr, 16);
        ++found;
      }
  if (found != 3) return std::nullopt;
  return (any >> (signal - 1) & 1) != 0;
}

void Messenger::add(int signal, double now) {
  signals_.push_back({signal, now});
}

void Messenger::deliver(double now) {
  while (!signals_.empty()) {
    const auto& [signal, since] = signals_.front();
    const bool listens = child_listens_(signal) && ranks_listen_();
    if (!listens && now - since < longest_wait_s) return;
    send_(signal);
    signals_.pop_front();
  }
}

}  // namespace tranche::launch
