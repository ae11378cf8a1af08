#include "shared_area.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>

#include "tranche/base/checksum.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/sample_state.hpp"

namespace tranche::simulate {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t header_bytes = page;
static_assert(sizeof(SlotHeader) <= header_bytes);

constexpr std::size_t before_texts = offsetof(RunResult, reason);

constexpr std::size_t round_up(std::size_t value, std::size_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::size_t tasks_bytes(const AreaLayout& layout) {
  return round_up(layout.depth * sizeof(TaskEntry), 64);
}
std::size_t results_bytes(const AreaLayout& layout) {
  return round_up(layout.depth * sizeof(RunResult), 64);
}

Failure no_memory(const char* operation, std::size_t bytes) {
  return {ExitCode::environment, std::string{operation} + ": " + std::to_string(bytes) +
                                     " bytes of memory shared with the slots: " + std::strerror(errno)};
}

}  // namespace

std::uint64_t RunResult::seal_now() const noexcept {
  const auto* const first = reinterpret_cast<const std::byte*>(this);
  const std::size_t bytes = sample_state_from(state) == SampleState::ok ? before_texts : sizeof *this;
  return checksum64({first + sizeof seal, first + bytes});
}

void RunResult::copy_from(const RunResult& other) noexcept {
  static_assert(std::is_trivially_copyable_v<RunResult>);
  auto* const to = reinterpret_cast<std::byte*>(this);
  const auto* const from = reinterpret_cast<const std::byte*>(&other);
  std::memcpy(to, from, before_texts);
  // As the copy says: the original may change at any time.
  if (sample_state_from(state) != SampleState::ok)
    std::memcpy(to + before_texts, from + before_texts, sizeof *this - before_texts);
}

AreaLayout AreaLayout::choose(std::size_t row_bytes, std::uint32_t depth) {
  if (depth == 0) {
    const std::size_t fit = (std::size_t{32} << 20) / std::max<std::size_t>(row_bytes, 1);
    depth = static_cast<std::uint32_t>(std::clamp<std::size_t>(fit, 4, 4096));
  }
  return {std::bit_floor(depth), row_bytes};
}

std::size_t AreaLayout::row_stride() const noexcept {
  return round_up(row_bytes, 64);
}

std::size_t AreaLayout::slot_bytes() const noexcept {
  return round_up(header_bytes + tasks_bytes(*this) + results_bytes(*this) + depth * row_stride(), page);
}

SharedMemory::SharedMemory(AreaLayout layout, std::uint32_t slots)
    : layout_{layout},
      slots_{slots},
      host_bytes_{round_up(sizeof(HostHeader) + slots * sizeof(SlotVerdict), page)} {
  bytes_ = host_bytes_ + slots * layout.slot_bytes();
  const int fd = ::memfd_create("tranche-slots", MFD_CLOEXEC);
  if (fd < 0) throw no_memory("memfd_create", bytes_);
  void* base = MAP_FAILED;
  if (::ftruncate(fd, static_cast<off_t>(bytes_)) == 0)
    base = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  const int error = errno;
  ::close(fd);
  errno = error;
  if (base == MAP_FAILED) throw no_memory("mmap", bytes_);
  base_ = static_cast<std::byte*>(base);
  host_ = new (base_) HostHeader;
  verdicts_ = reinterpret_cast<SlotVerdict*>(base_ + sizeof(HostHeader));
  for (std::uint32_t k = 0; k < slots_; ++k) new (verdicts_ + k) SlotVerdict;
  for (std::uint32_t k = 0; k < slots_; ++k) new (slot_base(k)) SlotHeader;
}

SharedMemory::~SharedMemory() {
  if (base_ != nullptr) ::munmap(base_, bytes_);
}

std::byte* SharedMemory::slot_base(std::uint32_t slot) const noexcept {
  return base_ + host_bytes_ + slot * layout_.slot_bytes();
}

SlotArea SharedMemory::slot(std::uint32_t slot) const noexcept {
  std::byte* at = slot_base(slot);
  SlotArea area;
  area.layout = layout_;
  area.header = reinterpret_cast<SlotHeader*>(at);
  at += header_bytes;
  area.tasks = reinterpret_cast<TaskEntry*>(at);
  at += tasks_bytes(layout_);
  area.results = reinterpret_cast<RunResult*>(at);
  area.rows = at + results_bytes(layout_);
  return area;
}

void SharedMemory::keep_only(std::uint32_t slot) noexcept {
  std::byte* const mine = slot_base(slot);
  std::byte* const after = mine + layout_.slot_bytes();
  // Kept as a hole: memory that user code maps later must not come to lie next to ours.
  const auto close_off = [](std::byte* first, std::byte* last) {
    if (first == last) return;
    ::mmap(first, static_cast<std::size_t>(last - first), PROT_NONE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  };
  close_off(base_, mine);
  close_off(after, base_ + bytes_);
}

bool wake_agent(std::atomic<std::uint32_t>& armed, int wake_fd) noexcept {
  // A full fence on both sides: either the agent sees the result that was published before
  // this load, or this load sees that the agent went to sleep.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (armed.load(std::memory_order_seq_cst) == 0) return true;
  if (armed.exchange(0, std::memory_order_seq_cst) == 0) return true;
  const std::uint64_t one = 1;
  return ::write(wake_fd, &one, sizeof one) == sizeof one || errno == EAGAIN;
}

}  // namespace tranche::simulate
