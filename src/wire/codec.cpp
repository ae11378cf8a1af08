#include "tranche/wire/codec.hpp"

#include <bit>
#include <cstring>
#include <type_traits>

namespace tranche::wire {
namespace {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian");

constexpr std::uint32_t magic = 0x43485254;  // "TRHC"
constexpr std::size_t header_bytes = 4 + 2 + 2 + 8;
enum class Direction : std::uint16_t { to_agent = 0x100, from_agent = 0x200 };

// --- writing --------------------------------------------------------------------------------------

class Writer {
 public:
  explicit Writer(std::uint16_t kind) {
    put(magic);
    put(wire_version);
    put(kind);
    put(std::uint64_t{0});  // length, set by finish()
  }

  template <class T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void put(T value) {
    const auto at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  void put(const std::string& text) {
    put(static_cast<std::uint32_t>(text.size()));
    const auto at = bytes_.size();
    bytes_.resize(at + text.size());
    if (!text.empty()) std::memcpy(bytes_.data() + at, text.data(), text.size());
  }
  template <class T>
  void put(const std::vector<T>& items) {
    put(static_cast<std::uint64_t>(items.size()));
    for (const auto& item : items) put(item);
  }
  void put(const StageKey& key) { put(key.revision), put(key.stage); }
  void put(const IndexRange& range) { put(range.begin), put(range.end); }
  void put(const AttemptFrom& from) {
    put(from.index), put(from.attempt), put(from.forgiven), put(from.timeout_s), put(from.with);
  }
  void put(const RunRecord& run) {
    put(run.id.value()), put(run.state), put(static_cast<std::uint8_t>(run.final)), put(run.slot);
    put(run.exit_code), put(run.signal), put(run.wall_s), put(run.cpu_s), put(run.max_rss_kb);
    put(run.started_at), put(run.checksum), put(run.reason), put(run.message);
  }

  void put(const OpenStage& m) { put(m.stage); }
  void put(const Grant& m) { put(m.ranges), put(m.attempts); }
  void put(const Withdraw& m) { put(m.grace_s), put(m.longest_s); }
  void put(const Epoch& m) { put(m.number); }
  void put(const CloseStage&) {}
  void put(const Leave&) {}
  void put(const Hello& m) { put(m.host), put(m.slots), put(m.cores); }
  void put(const Report& m) {
    put(m.granted), put(m.backlog), put(m.finished), put(m.runs), put(m.wall_s), put(m.buffered_bytes),
        put(m.idle_slots);
  }
  void put(const Withdrawn& m) { put(m.ranges), put(m.cut_s), put(m.idle_s); }
  void put(const EpochRecords& m) {
    put(m.number), put(m.bytes), put(m.duration_s), put(m.skipped), put(m.runs);
  }

  std::vector<std::byte> finish() {
    const std::uint64_t length = bytes_.size();
    std::memcpy(bytes_.data() + 8, &length, sizeof length);
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
};

template <class Message>
std::vector<std::byte> encode_any(const Message& message, Direction direction) {
  Writer writer{static_cast<std::uint16_t>(static_cast<std::uint16_t>(direction) + message.index())};
  std::visit([&](const auto& body) { writer.put(body); }, message);
  return writer.finish();
}

// --- reading --------------------------------------------------------------------------------------

/// Fewest bytes an item of a list takes on the wire: bounds what a wrong length can make us allocate.
template <class T>
constexpr std::size_t least_bytes = 0;
template <>
constexpr std::size_t least_bytes<IndexRange> = 16;
template <>
constexpr std::size_t least_bytes<AttemptFrom> = 22;
template <>
constexpr std::size_t least_bytes<RunRecord> = 68;

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_{bytes} {}

  template <class T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void get(T& value) {
    need(sizeof value);
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
  }
  void get(std::string& text) {
    const auto size = get_value<std::uint32_t>();
    need(size);
    text.assign(reinterpret_cast<const char*>(bytes_.data() + at_), size);
    at_ += size;
  }
  template <class T>
  void get(std::vector<T>& items) {
    const auto size = get_value<std::uint64_t>();
    if (size > (bytes_.size() - at_) / least_bytes<T>) throw CodecError{"a list is longer than its message"};
    items.clear();
    items.reserve(size);
    for (std::uint64_t k = 0; k < size; ++k) get(items.emplace_back());
  }
  void get(StageKey& key) { get(key.revision), get(key.stage); }
  void get(IndexRange& range) {
    get(range.begin), get(range.end);
    if (range.begin > range.end || range.end > max_sample_index + 1)
      throw CodecError{"an index range is not one"};
  }
  void get(AttemptFrom& from) {
    get(from.index), get(from.attempt), get(from.forgiven), get(from.timeout_s), get(from.with);
    if (from.index > max_sample_index) throw CodecError{"a sample index is not one"};
    if (!(from.timeout_s >= 0)) throw CodecError{"a time limit is not one"};
  }
  void get(RunRecord& run) {
    run.id = RunId::from_value(get_value<std::int64_t>());
    const auto state = sample_state_from(get_value<std::uint8_t>());
    if (!state) throw CodecError{"a run has an unknown state"};
    run.state = *state;
    const auto final = get_value<std::uint8_t>();
    if (final > 1) throw CodecError{"a flag is neither 0 nor 1"};
    run.final = final == 1;
    get(run.slot), get(run.exit_code), get(run.signal), get(run.wall_s), get(run.cpu_s), get(run.max_rss_kb);
    get(run.started_at), get(run.checksum), get(run.reason), get(run.message);
  }

  void get(OpenStage& m) { get(m.stage); }
  void get(Grant& m) { get(m.ranges), get(m.attempts); }
  void get(Withdraw& m) { get(m.grace_s), get(m.longest_s); }
  void get(Epoch& m) { get(m.number); }
  void get(CloseStage&) {}
  void get(Leave&) {}
  void get(Hello& m) { get(m.host), get(m.slots), get(m.cores); }
  void get(Report& m) {
    get(m.granted), get(m.backlog), get(m.finished), get(m.runs), get(m.wall_s), get(m.buffered_bytes),
        get(m.idle_slots);
  }
  void get(Withdrawn& m) { get(m.ranges), get(m.cut_s), get(m.idle_s); }
  void get(EpochRecords& m) { get(m.number), get(m.bytes), get(m.duration_s), get(m.skipped), get(m.runs); }

  /// Reads the header; returns the alternative's position.
  std::size_t header(Direction direction) {
    if (get_value<std::uint32_t>() != magic) throw CodecError{"not a tranche message"};
    const auto version = get_value<std::uint16_t>();
    if (version != wire_version)
      throw CodecError{"wire version " + std::to_string(version) + ", expected " +
                       std::to_string(wire_version)};
    const auto kind = get_value<std::uint16_t>();
    if (get_value<std::uint64_t>() != bytes_.size()) throw CodecError{"the length does not match"};
    if ((kind & 0xff00) != static_cast<std::uint16_t>(direction))
      throw CodecError{"a message for the other side"};
    return kind & 0xffu;
  }
  void finish() const {
    if (at_ != bytes_.size()) throw CodecError{"bytes follow the message"};
  }

 private:
  template <class T>
  T get_value() {
    T value;
    get(value);
    return value;
  }
  void need(std::size_t size) const {
    if (size > bytes_.size() - at_) throw CodecError{"the message is cut short"};
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

/// Reads alternative number `kind` of `Message`.
template <class Message, std::size_t K = 0>
Message decode_alternative(std::size_t kind, Reader& reader) {
  if constexpr (K == std::variant_size_v<Message>) {
    throw CodecError{"unknown kind of message"};
  } else {
    if (kind != K) return decode_alternative<Message, K + 1>(kind, reader);
    std::variant_alternative_t<K, Message> body;
    reader.get(body);
    return body;
  }
}

template <class Message>
Message decode_any(std::span<const std::byte> bytes, Direction direction) {
  if (bytes.size() < header_bytes) throw CodecError{"the message is cut short"};
  Reader reader{bytes};
  const auto kind = reader.header(direction);
  auto message = decode_alternative<Message>(kind, reader);
  reader.finish();
  return message;
}

}  // namespace

std::vector<std::byte> encode(const ToAgent& message) {
  return encode_any(message, Direction::to_agent);
}
std::vector<std::byte> encode(const FromAgent& message) {
  return encode_any(message, Direction::from_agent);
}

ToAgent decode_to_agent(std::span<const std::byte> bytes) {
  return decode_any<ToAgent>(bytes, Direction::to_agent);
}
FromAgent decode_from_agent(std::span<const std::byte> bytes) {
  return decode_any<FromAgent>(bytes, Direction::from_agent);
}

}  // namespace tranche::wire
