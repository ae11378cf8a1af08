#include "tranche/wire/codec.hpp"

#include <catch2/catch.hpp>
#include <cstring>

#include "random_messages.hpp"

using namespace tranche;
using namespace tranche::wire;

namespace {

using Bytes = std::vector<std::byte>;

std::string hex(const Bytes& bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

/// Decoding in an exact-size heap block: a sanitizer sees a read beyond its end.
enum class Outcome { decoded, refused };
template <class Decode>
Outcome outcome_of(Decode decode, const Bytes& bytes) {
  try {
    const Bytes exact(bytes.begin(), bytes.end());
    (void)decode(exact);
    return Outcome::decoded;
  } catch (const CodecError&) {
    return Outcome::refused;
  }
}

constexpr std::size_t orders = std::variant_size_v<ToAgent>;
constexpr std::size_t facts = std::variant_size_v<FromAgent>;

template <class Check>
void for_random_messages(int rounds, Check check) {
  const std::uint64_t seed = 20'240'711;
  INFO("seed " << seed);
  test::RandomMessages random{seed};
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t kind = 0; kind < orders; ++kind) {
      const auto message = random.to_agent(kind);
      REQUIRE(message.index() == kind);
      check(message, [](const Bytes& bytes) { return decode_to_agent(bytes); });
    }
    for (std::size_t kind = 0; kind < facts; ++kind) {
      const auto message = random.from_agent(kind);
      REQUIRE(message.index() == kind);
      check(message, [](const Bytes& bytes) { return decode_from_agent(bytes); });
    }
  }
}

void put_u64(Bytes& bytes, std::size_t at, std::uint64_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// A message with nothing left at its default, the same in every run.
RunRecord known_run() {
  RunRecord run;
  run.id = RunId{2, 0x123456789a, 3};
  run.state = SampleState::crashed;
  run.final = false;
  run.slot = 0x0102;
  run.exit_code = -2;
  run.signal = 11;
  run.wall_s = 1.5;
  run.cpu_s = 0.25;
  run.max_rss_kb = 4096;
  run.started_at = 1'700'000'000.5;
  run.checksum = 0x1122334455667788;
  run.reason = "oom";
  run.message = "killed";
  return run;
}

}  // namespace

TEST_CASE("every message comes back as it was sent") {
  for_random_messages(300, [](const auto& message, auto decode) {
    const auto back = decode(encode(message));
    REQUIRE(back == message);
  });
}

TEST_CASE("a message cut after any byte is refused") {
  for_random_messages(8, [](const auto& message, auto decode) {
    const auto bytes = encode(message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      REQUIRE(outcome_of(decode, cut) == Outcome::refused);
      if (size < 16) continue;
      put_u64(cut, 8, size);  // the same with a length that fits
      REQUIRE(outcome_of(decode, cut) == Outcome::refused);
    }
  });
}

TEST_CASE("a message with any single bit or byte changed is refused or is another message") {
  for_random_messages(3, [](const auto& message, auto decode) {
    const auto bytes = encode(message);
    for (std::size_t at = 0; at < bytes.size(); ++at)
      for (const unsigned flip : {0x01u, 0x02u, 0x04u, 0x08u, 0x10u, 0x20u, 0x40u, 0x80u, 0xffu}) {
        auto changed = bytes;
        changed[at] ^= static_cast<std::byte>(flip);
        const auto outcome = outcome_of(decode, changed);
        if (at < 16) {  // magic, version, kind, length; another kind may fit by its length
          if (at == 6) continue;
          REQUIRE(outcome == Outcome::refused);
        } else if (outcome == Outcome::decoded) {
          REQUIRE(encode(decode(changed)) == changed);
        }
      }
  });
}

TEST_CASE("bytes after a message are refused") {
  for_random_messages(8, [](const auto& message, auto decode) {
    auto bytes = encode(message);
    bytes.push_back(std::byte{0});
    REQUIRE(outcome_of(decode, bytes) == Outcome::refused);
    put_u64(bytes, 8, bytes.size());
    REQUIRE(outcome_of(decode, bytes) == Outcome::refused);
  });
}

TEST_CASE("a message for the other side is refused") {
  test::RandomMessages random{3};
  for (std::size_t kind = 0; kind < orders; ++kind)
    REQUIRE_THROWS_AS(decode_from_agent(encode(random.to_agent(kind))), CodecError);
  for (std::size_t kind = 0; kind < facts; ++kind)
    REQUIRE_THROWS_AS(decode_to_agent(encode(random.from_agent(kind))), CodecError);
}

TEST_CASE("a foreign magic, another version and an unknown kind are refused") {
  const auto good = encode(ToAgent{Leave{}});
  REQUIRE_NOTHROW(decode_to_agent(good));
  auto foreign = good;
  foreign[0] = std::byte{'X'};
  REQUIRE_THROWS_WITH(decode_to_agent(foreign), Catch::Contains("not a tranche message"));
  auto newer = good;
  newer[4] = static_cast<std::byte>(wire_version + 1);
  REQUIRE_THROWS_WITH(decode_to_agent(newer), Catch::Contains("wire version"));
  auto unknown = good;
  unknown[6] = static_cast<std::byte>(orders);
  REQUIRE_THROWS_WITH(decode_to_agent(unknown), Catch::Contains("unknown kind"));
  REQUIRE_THROWS_AS(decode_to_agent({}), CodecError);
}

TEST_CASE("a list that claims more items than its bytes can hold is refused before it is allocated") {
  auto records = encode(FromAgent{EpochRecords{1, 2, 3.0, {}, {}}});
  constexpr std::size_t runs_size_at = 16 + 8 + 8 + 8 + 8;
  for (const std::uint64_t claimed : {std::uint64_t{1}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    put_u64(records, runs_size_at, claimed);
    REQUIRE_THROWS_WITH(decode_from_agent(records), Catch::Contains("longer than its message"));
  }
  // 100 kB that could be 100 000 items of one byte, and are not that many runs.
  auto long_message = encode(FromAgent{Hello{std::string(100'000, 'x'), 1, 1}});
  long_message[6] = std::byte{3};  // EpochRecords
  for (std::size_t at = 16; at < runs_size_at; ++at) long_message[at] = std::byte{0};
  put_u64(long_message, runs_size_at, 99'000);
  REQUIRE_THROWS_WITH(decode_from_agent(long_message), Catch::Contains("longer than its message"));
}

TEST_CASE("values outside their type's meaning are refused") {
  using Catch::Contains;
  REQUIRE_THROWS_WITH(decode_to_agent(encode(ToAgent{Grant{{{7, 3}}, {}}})), Contains("index range"));
  REQUIRE_THROWS_WITH(decode_to_agent(encode(ToAgent{Grant{{{0, max_sample_index + 2}}, {}}})),
                      Contains("index range"));
  REQUIRE_THROWS_WITH(decode_to_agent(encode(ToAgent{Grant{{}, {{max_sample_index + 1, 0}}}})),
                      Contains("sample index"));
  auto run = known_run();
  run.state = static_cast<SampleState>(sample_state_count);
  REQUIRE_THROWS_WITH(decode_from_agent(encode(FromAgent{EpochRecords{1, 0, 0, {}, {run}}})),
                      Contains("unknown state"));
  auto flagged = encode(FromAgent{EpochRecords{1, 0, 0, {}, {known_run()}}});
  constexpr std::size_t final_at = 16 + 8 + 8 + 8 + 8 + 8 + 8 + 1;
  flagged[final_at] = std::byte{2};
  REQUIRE_THROWS_WITH(decode_from_agent(flagged), Contains("neither 0 nor 1"));
}

// If one of these fails, agents and masters of two builds misread each other: raise `wire_version`,
// then renew the bytes and `golden_version` below.
TEST_CASE("the bytes of every message are those of this wire version") {
  constexpr std::uint16_t golden_version = 4;
  REQUIRE(wire_version == golden_version);
  CHECK(hex(encode(ToAgent{OpenStage{{0x0203, 4}}})) ==
        "54524843040000011300000000000000"
        "030204");
  CHECK(hex(encode(ToAgent{Grant{{{5, 0x10000}}, {{6, 7, 1, 2.5, "a=1"}}}})) ==
        "54524843040001014900000000000000"
        "01000000000000000500000000000000000001000000000001000000000000000600000000000000"
        "0701000000000000044003000000613d31");
  CHECK(hex(encode(ToAgent{Withdraw{1.5, 3}})) ==
        "54524843040002012000000000000000"
        "000000000000f83f0000000000000840");
  CHECK(hex(encode(ToAgent{Epoch{0x0102030405060708}})) ==
        "54524843040003011800000000000000"
        "0807060504030201");
  CHECK(hex(encode(ToAgent{CloseStage{}})) == "54524843040004011000000000000000");
  CHECK(hex(encode(ToAgent{Leave{}})) == "54524843040005011000000000000000");
  CHECK(hex(encode(FromAgent{Hello{"n1", 8, 16}})) ==
        "54524843040000021e00000000000000"
        "020000006e310800000010000000");
  CHECK(hex(encode(FromAgent{Report{1, 2, 3, 4, 5.5, 6, 7}})) ==
        "54524843040001024400000000000000"
        "01000000000000000200000000000000030000000000000004000000000000000000000000001640"
        "060000000000000007000000");
  CHECK(hex(encode(FromAgent{Withdrawn{{{8, 9}}, 1.5, 3}})) ==
        "54524843040002023800000000000000"
        "010000000000000008000000000000000900000000000000000000000000f83f0000000000000840");
  CHECK(hex(encode(FromAgent{EpochRecords{1, 2, 0.5, {{3, 4}}, {known_run()}}})) ==
        "54524843040003029500000000000000"
        "01000000000000000200000000000000000000000000e03f01000000000000000300000000000000"
        "04000000000000000100000000000000039a78563412020004000201feffffff0b00000000000000"
        "0000f83f000000000000d03f001000000000000000002040fc54d941887766554433221103000000"
        "6f6f6d060000006b696c6c6564");
}
