/// \file
/// XXH3 checksums of stored rows and stages (docs/formats/store.md).
/// Layer: base (pure).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "tranche/base/ids.hpp"
#include "tranche/base/sample_state.hpp"

namespace tranche {

/// XXH3-64 of bytes.
std::uint64_t checksum64(std::span<const std::byte> bytes) noexcept;

/// 128 bits as 32 lower-case hexadecimal digits, high half first.
struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::string hex() const;
  bool operator==(const Digest&) const = default;
};

/// Digest of a stage: XXH3-128 over (index u64, state u8, checksum u64), little-endian, 17 bytes a
/// sample without padding, in index order. Samples that are not ok have checksum 0.
class StageDigest {
 public:
  StageDigest();
  ~StageDigest();
  StageDigest(StageDigest&&) noexcept;
  StageDigest& operator=(StageDigest&&) noexcept;

  void add(SampleIndex index, SampleState state, std::uint64_t checksum);
  Digest value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// XXH3-128 of a text (simulator binaries, campaign files).
Digest digest128(std::span<const std::byte> bytes) noexcept;

}  // namespace tranche
