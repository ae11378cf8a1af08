#include "wake_fd.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "tranche/base/errors.hpp"

namespace tranche::daemon {

WakeFd::WakeFd() : fd_{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
  if (fd_ < 0) throw IoError{std::string{"eventfd: "} + std::strerror(errno)};
}

WakeFd::~WakeFd() {
  close(fd_);
}

void WakeFd::wake() const noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);  // full: it is readable anyway
}

void WakeFd::clear() const noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto length = read(fd_, &count, sizeof count);  // nothing there: clear already
}

}  // namespace tranche::daemon
