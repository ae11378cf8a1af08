#include "tranche/base/checksum.hpp"

#include <xxhash.h>

#include <bit>
#include <cstdio>
#include <cstring>
#include <new>

namespace tranche {

static_assert(std::endian::native == std::endian::little, "stored bytes are little-endian");

std::uint64_t checksum64(std::span<const std::byte> bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

Digest digest128(std::span<const std::byte> bytes) noexcept {
  const auto hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

std::string Digest::hex() const {
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text;
}

struct StageDigest::State {
  XXH3_state_t* hash;
  State() : hash{XXH3_createState()} {
    if (hash == nullptr) throw std::bad_alloc{};
    XXH3_128bits_reset(hash);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { XXH3_freeState(hash); }
};

StageDigest::StageDigest() : state_{std::make_unique<State>()} {}
StageDigest::~StageDigest() = default;
StageDigest::StageDigest(StageDigest&&) noexcept = default;
StageDigest& StageDigest::operator=(StageDigest&&) noexcept = default;

void StageDigest::add(SampleIndex index, SampleState state, std::uint64_t checksum) {
  std::array<std::byte, 17> row;
  std::memcpy(row.data(), &index, 8);
  row[8] = static_cast<std::byte>(state);
  std::memcpy(row.data() + 9, &checksum, 8);
  XXH3_128bits_update(state_->hash, row.data(), row.size());
}

Digest StageDigest::value() const {
  const auto hash = XXH3_128bits_digest(state_->hash);
  return {hash.high64, hash.low64};
}

}  // namespace tranche
