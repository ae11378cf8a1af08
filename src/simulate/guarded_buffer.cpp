#include "guarded_buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tranche/base/errors.hpp"

namespace tranche::simulate {

GuardedBuffer::GuardedBuffer(std::size_t count) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t inside = (count * sizeof(double) + page - 1) / page * page;
  bytes_ = inside + 2 * page;
  base_ = ::mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base_ == MAP_FAILED)
    throw Failure{ExitCode::environment, std::string{"mmap of the outputs: "} + std::strerror(errno)};
  auto* const first = static_cast<std::byte*>(base_) + page;
  if (inside > 0 && ::mprotect(first, inside, PROT_READ | PROT_WRITE) != 0)
    throw Failure{ExitCode::environment, std::string{"mprotect of the outputs: "} + std::strerror(errno)};
  // The values end where the guard begins: overruns are the common mistake, underruns are not.
  values_ = {reinterpret_cast<double*>(first + inside - count * sizeof(double)), count};
}

GuardedBuffer::~GuardedBuffer() {
  ::munmap(base_, bytes_);
}

}  // namespace tranche::simulate
