/// \file
/// Zeros to begin with, at addresses that every vector likes.
/// Layer: surrogate (private).
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace tranche::surrogate {

class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::size_t size)
      : data_{static_cast<float*>(::operator new (size * sizeof(float), std::align_val_t{alignment}))} {
    std::fill_n(data_.get(), size, 0.0F);
  }
  float* get() noexcept { return data_.get(); }
  const float* get() const noexcept { return data_.get(); }

 private:
  static constexpr std::size_t alignment = 64;
  struct Free {
    void operator()(float* data) const noexcept { ::operator delete (data, std::align_val_t{alignment}); }
  };
  std::unique_ptr<float, Free> data_;
};

}  // namespace tranche::surrogate
