#include "output_arena.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

#include "tranche/base/errors.hpp"

namespace tranche::simulate {
namespace {

constexpr std::uint64_t pattern = 0xfff7c0de7a4ce5e5;  // a NaN, should somebody compute with it
constexpr std::size_t pattern_words = 8;
constexpr std::size_t many_outputs = 64;
constexpr std::size_t small_bytes = 512;

/// Consecutive outputs up to one closed page.
struct Block {
  std::size_t first = 0;
  std::size_t last = 0;  ///< inclusive
  std::size_t pages = 0;
};

std::size_t words_with_pattern(std::size_t size) {
  return size + pattern_words;
}

std::vector<Block> blocks_of(std::span<const std::size_t> sizes, std::size_t page) {
  std::vector<Block> blocks;
  const auto small = [&](std::size_t k) {
    return sizes.size() > many_outputs && sizes[k] * sizeof(double) < small_bytes;
  };
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    if (!blocks.empty() && small(k) && small(k - 1))
      blocks.back().last = k;
    else
      blocks.push_back({k, k, 0});
  }
  for (Block& block : blocks) {
    std::size_t words = 0;
    for (std::size_t k = block.first; k <= block.last; ++k) words += words_with_pattern(sizes[k]);
    block.pages = (words * sizeof(double) + page - 1) / page;
  }
  return blocks;
}

}  // namespace

OutputArena::OutputArena(std::span<const std::size_t> sizes) : sizes_(sizes.begin(), sizes.end()) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto blocks = blocks_of(sizes, page);
  bytes_ = page;
  for (const Block& block : blocks) bytes_ += (block.pages + 1) * page;
  base_ = ::mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base_ == MAP_FAILED)
    throw Failure{ExitCode::environment, std::string{"mmap of the outputs: "} + std::strerror(errno)};
  starts_.resize(sizes.size());
  auto* at = static_cast<std::byte*>(base_) + page;
  for (const Block& block : blocks) {
    if (::mprotect(at, block.pages * page, PROT_READ | PROT_WRITE) != 0)
      throw Failure{ExitCode::environment, std::string{"mprotect of the outputs: "} + std::strerror(errno)};
    auto* end = reinterpret_cast<double*>(at + block.pages * page);
    std::fill(reinterpret_cast<std::uint64_t*>(at), reinterpret_cast<std::uint64_t*>(end), pattern);
    for (std::size_t k = block.last + 1; k > block.first; --k) {
      starts_[k - 1] = end - sizes[k - 1];
      end -= words_with_pattern(sizes[k - 1]);
    }
    at += (block.pages + 1) * page;
  }
}

OutputArena::~OutputArena() {
  ::munmap(base_, bytes_);
}

void OutputArena::clear() noexcept {
  for (std::size_t k = 0; k < starts_.size(); ++k)
    std::fill_n(starts_[k], sizes_[k], std::numeric_limits<double>::quiet_NaN());
}

std::optional<std::size_t> OutputArena::overwritten() const noexcept {
  for (std::size_t k = 0; k < starts_.size(); ++k) {
    std::uint64_t words[pattern_words];
    std::memcpy(words, starts_[k] - pattern_words, sizeof words);
    std::uint64_t difference = 0;
    for (const std::uint64_t word : words) difference |= word ^ pattern;
    if (difference != 0) return k;
  }
  return std::nullopt;
}

}  // namespace tranche::simulate
