#include "tf_example.hpp"

#include <boost/crc.hpp>
#include <cstring>

namespace tranche::store::tf {
namespace {

/// Field 1 or 2 with a length and bytes behind it (wire type 2).
constexpr char field(int number) {
  return static_cast<char>(number << 3 | 2);
}

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  while (value >>= 7) ++size;
  return size;
}

/// Of a field with `bytes` behind its length.
std::size_t field_size(std::size_t bytes) {
  return 1 + varint_size(bytes) + bytes;
}

void append_head(std::string& out, int number, std::size_t bytes) {
  out.push_back(field(number));
  append_varint(out, bytes);
}

template <class Number>
void append_number(std::string& out, Number value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);  // little-endian, like every machine this runs on
  out.append(bytes, sizeof value);
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::uint32_t masked_crc(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const auto sum = static_cast<std::uint32_t>(crc.checksum());
  return (sum >> 15 | sum << 17) + 0xa282ead8U;
}

void Example::add(std::string_view name, List list, std::string_view values) {
  const std::size_t list_size = field_size(values.size());
  const std::size_t feature_size = field_size(list_size);
  append_head(features_, 1, field_size(name.size()) + field_size(feature_size));
  append_head(features_, 1, name.size());
  features_ += name;
  append_head(features_, 2, feature_size);
  append_head(features_, static_cast<int>(list), list_size);
  append_head(features_, 1, values.size());
  features_ += values;
}

void Example::add_bytes(std::string_view name, std::span<const std::byte> value) {
  add(name, List::bytes, text_of(value));
}

void Example::add_floats(std::string_view name, std::span<const float> values) {
  add(name, List::floats, text_of(std::as_bytes(values)));
}

void Example::add_integer(std::string_view name, std::int64_t value) {
  std::string packed;
  append_varint(packed, static_cast<std::uint64_t>(value));
  add(name, List::integers, packed);
}

std::string Example::take() {
  std::string message;
  message.reserve(features_.size() + 11);
  append_head(message, 1, features_.size());
  message += features_;
  features_.clear();
  return message;
}

void append_record(std::string& file, std::string_view message) {
  std::string length;
  append_number(length, std::uint64_t{message.size()});
  file += length;
  append_number(file, masked_crc(length));
  file += message;
  append_number(file, masked_crc(message));
}

}  // namespace tranche::store::tf
