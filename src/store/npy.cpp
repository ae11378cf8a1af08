#include "npy.hpp"

#include <algorithm>

#include "tranche/base/errors.hpp"

namespace tranche::store::npy {
namespace {

/// Code points of valid UTF-8; a broken sequence gives U+FFFD for each of its bytes.
std::u32string decode(const std::string& text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
    char32_t point = length == 1 ? lead : lead & (0xffu >> (length + 1));
    bool valid = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; valid && k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      valid = (next & 0xc0u) == 0x80u;
      point = (point << 6) | (next & 0x3fu);
    }
    points.push_back(valid ? point : U'\xfffd');
    i += valid ? length : 1;
  }
  return points;
}

void append_u32(std::string& bytes, char32_t point) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>((point >> shift) & 0xff));
}

}  // namespace

std::string type_name(Element element) {
  switch (element) {
    case Element::u8:
      return "|u1";
    case Element::u16:
      return "<u2";
    case Element::i64:
      return "<i8";
    case Element::u64:
      return "<u8";
    case Element::f32:
      return "<f4";
    case Element::f64:
      return "<f8";
  }
  throw ContractError{"an element has a NumPy name"};
}

std::string header(const std::string& type, std::span<const std::uint64_t> shape) {
  std::string text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (";
  for (const std::uint64_t length : shape) text += std::to_string(length) + ",";
  text += ")}";
  const std::size_t prefix = 10;
  text.append(63 - (prefix + text.size()) % 64, ' ');
  text += '\n';
  ensure(text.size() < 65536, "the header of an array fits its length field");
  std::string bytes{"\x93NUMPY\x01\x00", 8};
  bytes.push_back(static_cast<char>(text.size() & 0xff));
  bytes.push_back(static_cast<char>(text.size() >> 8));
  return bytes + text;
}

std::string text_array(std::span<const std::string> texts) {
  std::vector<std::u32string> decoded;
  std::size_t longest = 1;
  for (const std::string& text : texts) {
    decoded.push_back(decode(text));
    longest = std::max(longest, decoded.back().size());
  }
  const std::uint64_t count = texts.size();
  std::string bytes = header("<U" + std::to_string(longest), {&count, 1});
  for (std::u32string& text : decoded) {
    text.resize(longest, U'\0');
    for (const char32_t point : text) append_u32(bytes, point);
  }
  return bytes;
}

}  // namespace tranche::store::npy
