#include "tranche/base/checksum.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <string_view>
#include <vector>

using namespace tranche;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

}  // namespace

TEST_CASE("checksum64 is XXH3-64 without a seed") {
  CHECK(checksum64(bytes_of("")) == 0x2d06800538d394c2);
  CHECK(checksum64(bytes_of("abc")) == 0x78af5f94892f3950);
}

TEST_CASE("digest128 is XXH3-128, written high half first") {
  CHECK(digest128(bytes_of("")).hex() == "99aa06d3014798d86001c324468d497f");
  CHECK(digest128(bytes_of("abc")).hex() == "06b05ab6733a618578af5f94892f3950");
  CHECK(Digest{0x1, 0xab}.hex() == "000000000000000100000000000000ab");
}

TEST_CASE("A stage digest is the digest of 17 packed bytes a sample") {
  StageDigest stage;
  std::vector<std::byte> packed;
  const auto append = [&](const auto& value) {
    const auto* first = reinterpret_cast<const std::byte*>(&value);
    packed.insert(packed.end(), first, first + sizeof value);
  };
  for (std::uint64_t index = 5; index < 300; ++index) {
    const auto state = index % 3 == 0 ? SampleState::failed : SampleState::ok;
    const std::uint64_t checksum = state == SampleState::ok ? index * 0x9e3779b97f4a7c15 : 0;
    stage.add(index, state, checksum);
    append(index);
    append(static_cast<std::uint8_t>(state));
    append(checksum);
  }
  REQUIRE(packed.size() == 295 * 17);
  CHECK(stage.value() == digest128(packed));
}

TEST_CASE("A stage digest tells states, indices and checksums apart, and their order") {
  const auto digest = [](SampleIndex index, SampleState state, std::uint64_t checksum) {
    StageDigest stage;
    stage.add(index, state, checksum);
    return stage.value();
  };
  const auto one = digest(1, SampleState::ok, 7);
  CHECK(one == digest(1, SampleState::ok, 7));
  CHECK_FALSE(one == digest(2, SampleState::ok, 7));
  CHECK_FALSE(one == digest(1, SampleState::invalid, 7));
  CHECK_FALSE(one == digest(1, SampleState::ok, 8));

  StageDigest forth, back;
  forth.add(1, SampleState::ok, 7);
  forth.add(2, SampleState::ok, 8);
  back.add(2, SampleState::ok, 8);
  back.add(1, SampleState::ok, 7);
  CHECK_FALSE(forth.value() == back.value());
}
