#include "tranche/readout/npy.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>

namespace tranche::readout {
namespace {

constexpr std::string_view magic{"\x93NUMPY", 6};
constexpr std::uint64_t most_elements = std::uint64_t{1} << 31;

struct Header {
  char order = '<';
  char kind = 'f';
  std::size_t bytes = 8;
  bool fortran = false;
  std::vector<std::uint64_t> shape;
  std::size_t data = 0;  ///< offset of the numbers
};

/// What stands behind `'key':` in the header's dictionary.
std::string_view behind(std::string_view header, std::string_view key) {
  const auto at = header.find("'" + std::string{key} + "'");
  if (at == std::string_view::npos) return {};
  const auto colon = header.find(':', at);
  if (colon == std::string_view::npos) return {};
  const auto begin = header.find_first_not_of(' ', colon + 1);
  return begin == std::string_view::npos ? std::string_view{} : header.substr(begin);
}

std::optional<std::vector<std::uint64_t>> read_shape(std::string_view text) {
  const auto end = text.find(')');
  if (text.empty() || text.front() != '(' || end == std::string_view::npos) return std::nullopt;
  std::vector<std::uint64_t> shape;
  std::uint64_t elements = 1;
  std::size_t at = 1;
  while (at < end) {
    if (text[at] == ' ' || text[at] == ',') {
      ++at;
      continue;
    }
    std::uint64_t length = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, length);
    if (error != std::errc{} || length > most_elements) return std::nullopt;
    shape.push_back(length);
    elements *= length;
    if (elements > most_elements) return std::nullopt;
    at = static_cast<std::size_t>(stop - text.data());
  }
  return shape;
}

std::optional<Header> read_header(std::string_view bytes) {
  if (bytes.size() < 12 || !bytes.starts_with(magic)) return std::nullopt;
  const auto byte = [&](std::size_t k) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[k]));
  };
  const std::size_t version = byte(6);
  const std::size_t begin = version == 1 ? 10 : 12;
  const std::size_t length =
      version == 1 ? byte(8) + 256 * byte(9) : byte(8) + 256 * (byte(9) + 256 * (byte(10) + 256 * byte(11)));
  if (version < 1 || version > 3 || length > bytes.size() - begin) return std::nullopt;
  const auto text = bytes.substr(begin, length);
  const auto type = behind(text, "descr");
  const auto shape = read_shape(behind(text, "shape"));
  const auto end = type.find('\'', 1);
  if (type.size() < 5 || type[0] != '\'' || !shape || end == std::string_view::npos || end < 4)
    return std::nullopt;
  Header header;
  header.order = type[1];
  header.kind = type[2];
  const auto [stop, error] = std::from_chars(type.data() + 3, type.data() + end, header.bytes);
  if (error != std::errc{} || stop != type.data() + end) return std::nullopt;
  header.fortran = behind(text, "fortran_order").starts_with("True");
  header.shape = *shape;
  header.data = begin + length;
  return header;
}

template <class Type>
double number(const char* bytes) {
  Type value;
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

using Reader = double (*)(const char*);

Reader reader_of(const Header& header) {
  const auto key = header.kind + std::to_string(header.bytes);
  if (key == "f8") return number<double>;
  if (key == "f4") return number<float>;
  if (key == "i8") return number<std::int64_t>;
  if (key == "i4") return number<std::int32_t>;
  if (key == "i2") return number<std::int16_t>;
  if (key == "i1") return number<std::int8_t>;
  if (key == "u8") return number<std::uint64_t>;
  if (key == "u4") return number<std::uint32_t>;
  if (key == "u2") return number<std::uint16_t>;
  if (key == "u1" || key == "b1") return number<std::uint8_t>;
  return nullptr;
}

/// From "first axis fastest" to "last axis fastest".
Numbers transposed(const Numbers& numbers, const std::vector<std::uint64_t>& shape) {
  Numbers result(numbers.size());
  std::vector<std::uint64_t> at(shape.size(), 0);
  for (const double value : numbers) {
    std::uint64_t position = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) position = position * shape[axis] + at[axis];
    result[position] = value;
    for (std::size_t axis = 0; axis < shape.size() && ++at[axis] == shape[axis]; ++axis) at[axis] = 0;
  }
  return result;
}

}  // namespace

Result<Array> read_npy(std::string_view bytes, std::string_view file) {
  const std::string name{file};
  const auto header = read_header(bytes);
  if (!header) return Fault{"parse", name + ": not a .npy file"};
  const auto reader = reader_of(*header);
  if (reader == nullptr)
    return Fault{"parse", name + ": arrays of type " + header->kind + std::to_string(header->bytes) +
                              " are no real numbers"};
  Array array;
  array.shape = header->shape;
  std::uint64_t count = 1;
  for (const auto length : array.shape) count *= length;
  const auto data = bytes.substr(header->data);
  if (data.size() / header->bytes < count)
    return Fault{"parse", name + ": " + std::to_string(data.size()) + " bytes of numbers, " +
                              std::to_string(count * header->bytes) + " are due"};
  const bool swap =
      header->bytes > 1 && (header->order == '>') == (std::endian::native == std::endian::little);
  array.numbers.resize(count);
  for (std::uint64_t k = 0; k < count; ++k) {
    char one[8];
    std::memcpy(one, data.data() + k * header->bytes, header->bytes);
    if (swap) std::reverse(one, one + header->bytes);
    array.numbers[k] = reader(one);
  }
  if (header->fortran && array.shape.size() > 1) array.numbers = transposed(array.numbers, array.shape);
  return array;
}

}  // namespace tranche::readout
