/// \file
/// Doubles that end at a page nobody may touch.
/// Layer: adapter (simulate).
#pragma once

#include <cstddef>
#include <span>

namespace tranche::simulate {

/// Private memory. Writing past the end, or before the page of the first element, faults.
class GuardedBuffer {
 public:
  /// \throws Failure{environment} if there is no memory.
  explicit GuardedBuffer(std::size_t count);
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  std::span<double> values() const noexcept { return values_; }

 private:
  void* base_ = nullptr;
  std::size_t bytes_ = 0;
  std::span<double> values_;
};

}  // namespace tranche::simulate
