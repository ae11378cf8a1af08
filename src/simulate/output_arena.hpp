/// \file
/// The arrays a plug-in writes its outputs to, and what tells that it wrote beside them.
/// Layer: adapter (simulate).
///
/// Every output ends at a page nobody may touch, and begins behind 64 bytes of a pattern that is looked at
/// after each run; the page before these is closed as well, or belongs to the start of the same output.
/// So an overrun faults at its first element, whatever lies behind, and an underrun is caught by the
/// pattern or faults. The closed page is behind the output because running past the end is the common
/// mistake. The cost is a page of address space and, on average, half a page of memory for each output, and
/// 2 ns a run. Where there are many, outputs of less than 512 bytes share pages: then the pattern alone
/// stands between them, an overrun of more than 64 bytes into another small output goes unseen, and a
/// thousand scalars do not need a thousand pages of translation cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tranche::simulate {

class OutputArena {
 public:
  /// One array of doubles for each of `sizes`. \throws Failure{environment} if there is no memory.
  explicit OutputArena(std::span<const std::size_t> sizes);
  ~OutputArena();
  OutputArena(const OutputArena&) = delete;
  OutputArena& operator=(const OutputArena&) = delete;

  std::span<double* const> starts() const noexcept { return starts_; }
  /// NaN everywhere.
  void clear() noexcept;
  /// Output before which, or behind the one before which, somebody wrote.
  std::optional<std::size_t> overwritten() const noexcept;
  /// The whole mapping, closed pages included.
  std::span<const std::byte> mapping() const noexcept {
    return {static_cast<const std::byte*>(base_), bytes_};
  }

 private:
  std::vector<std::size_t> sizes_;
  std::vector<double*> starts_;
  void* base_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace tranche::simulate
