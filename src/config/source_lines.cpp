#include "source_lines.hpp"

#include <algorithm>

namespace tranche::config {
namespace {

constexpr std::string_view byte_order_mark{"\xEF\xBB\xBF"};

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// Length of the character that starts with `lead`; 0 if none does.
std::size_t length_of(unsigned char lead) {
  if (lead == 0) return 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

}  // namespace

std::string_view without_bom(std::string_view text) noexcept {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return text;
}

SourceLines::SourceLines(std::string_view text) {
  text = without_bom(text);
  while (true) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

std::string_view SourceLines::line(int number) const noexcept {
  const auto k = static_cast<std::size_t>(number) - 1;
  return number >= 1 && k < lines_.size() ? lines_[k] : std::string_view{};
}

int SourceLines::column_of(int line_number, std::size_t byte) const noexcept {
  const auto text = line(line_number);
  const auto inside = std::min(byte, text.size());
  return static_cast<int>(character_count(text.substr(0, inside)) + (byte - inside)) + 1;
}

std::size_t SourceLines::byte_of(int line_number, int column) const noexcept {
  const auto text = line(line_number);
  std::size_t byte = 0;
  for (int c = 1; c < column && byte < text.size(); ++c) {
    ++byte;
    while (byte < text.size() && continues(text[byte])) ++byte;
  }
  return byte;
}

std::size_t character_count(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return !continues(byte); }));
}

std::size_t find_bad_byte(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const auto length = length_of(static_cast<unsigned char>(text[at]));
    if (length == 0 || at + length > text.size()) return at;
    for (std::size_t k = 1; k < length; ++k)
      if (!continues(text[at + k])) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace tranche::config
