/// \file
/// TensorFlow's Example message and the framing of its record files, in bytes.
/// Layer: store (private, pure). Source: tensorflow/core/example/{example,feature}.proto and the TFRecord
/// guide.
///
///   Example = {1: Features}   Features = {1: entry}*   entry = {1: name, 2: Feature}
///   Feature = {1: BytesList | 2: FloatList | 3: Int64List}, each {1: values}, numbers packed
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tranche::store::tf {

/// CRC-32C, turned and shifted so that a checksum of data that holds checksums stays strong.
std::uint32_t masked_crc(std::string_view bytes);

/// Features in the order they are added; names must differ.
class Example {
 public:
  void add_bytes(std::string_view name, std::span<const std::byte> value);
  void add_floats(std::string_view name, std::span<const float> values);
  void add_integer(std::string_view name, std::int64_t value);
  /// The message. Begins anew with the next feature.
  std::string take();

 private:
  enum class List : char { bytes = 1, floats = 2, integers = 3 };
  void add(std::string_view name, List list, std::string_view values);

  std::string features_;
};

/// length u64, its masked CRC, the message, its masked CRC; all little-endian.
void append_record(std::string& file, std::string_view message);
inline constexpr std::size_t record_overhead = 16;

}  // namespace tranche::store::tf
