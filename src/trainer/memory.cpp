#include "memory.hpp"

#include <algorithm>
#include <fstream>
#include <string>

namespace tranche::trainer {

std::uint64_t memory_budget() {
  constexpr std::uint64_t most = 4'000'000'000;
  std::ifstream file{"/proc/meminfo"};
  std::string key;
  std::uint64_t kilobytes = 0;
  for (std::string rest; file >> key >> kilobytes; std::getline(file, rest))
    if (key == "MemAvailable:") return std::min(most, kilobytes * 1024 / 2);
  return most;
}

}  // namespace tranche::trainer
