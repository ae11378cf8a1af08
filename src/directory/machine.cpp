// Facts of this machine and process: clock, names, random bits.
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>

#include "posix.hpp"
#include "tranche/directory/files.hpp"

namespace tranche::directory {

double unix_now() {
  using namespace std::chrono;
  return duration<double>(system_clock::now().time_since_epoch()).count();
}

std::string new_nonce() {
  std::array<unsigned char, 16> bits;
  if (::getrandom(bits.data(), bits.size(), 0) != static_cast<ssize_t>(bits.size()))
    fail("read", "/dev/urandom");
  std::string text;
  for (const auto byte : bits) {
    std::array<char, 3> digits;
    std::snprintf(digits.data(), digits.size(), "%02x", byte);
    text += digits.data();
  }
  return text;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::string boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id").value_or("");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace tranche::directory
