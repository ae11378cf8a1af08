#include "tranche/inspect/text_style.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "tranche/base/text.hpp"

namespace tranche::inspect {
namespace {

/// Bytes of the terminal sequence at `at`, 0 if there is none.
std::size_t escape_length(std::string_view text, std::size_t at) {
  if (text[at] != '\x1b') return 0;
  const auto end = text.find('m', at);
  return end == std::string_view::npos ? text.size() - at : end + 1 - at;
}

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

std::string printed(const char* format, double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

}  // namespace

std::string TextStyle::painted(std::string_view text, std::string_view code) const {
  std::string result;
  if (color == Color::on) result.append("\x1b[").append(code).append("m");
  result.append(text);
  if (color == Color::on) result.append("\x1b[0m");
  return result;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (const auto skipped = escape_length(text, at)) {
      at += skipped;
      continue;
    }
    if (begins_character(text[at])) ++width;
    ++at;
  }
  return width;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string result{text};
  const auto taken = display_width(text);
  if (taken < width) result.append(width - taken, ' ');
  return result;
}

std::string padded_left(std::string_view text, std::size_t width) {
  const auto taken = display_width(text);
  std::string result(taken < width ? width - taken : 0, ' ');
  return result.append(text);
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string{text};
  std::string result;
  std::size_t taken = 0;
  for (const char byte : text) {
    if (begins_character(byte) && taken++ + 3 >= width) break;
    result += byte;
  }
  return result.append("...");
}

namespace {

bool is_digit(char byte) {
  return std::isdigit(static_cast<unsigned char>(byte)) != 0;
}

/// Whether a line must not end between two words: `4.7 ms`, `1 782`, `3 min 20 s`.
bool belong_together(std::string_view before, std::string_view next) {
  if (before.empty() || next.empty() || next.size() > 3) return false;
  if (is_digit(before.back())) return true;
  return is_digit(next.front()) &&
         (before.ends_with(" min") || before.ends_with(" h") || before.ends_with(" d"));
}

/// Takes the next word, with what belongs to it, off `text`.
std::string_view take_word(std::string_view& text) {
  auto end = std::min(text.find(' '), text.size());
  while (end < text.size()) {
    const auto next = std::min(text.find(' ', end + 1), text.size());
    if (!belong_together(text.substr(0, end), text.substr(end + 1, next - end - 1))) break;
    end = next;
  }
  const auto word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

class LineFiller {
 public:
  LineFiller(std::size_t width, std::size_t indent) : width_{width}, indent_{indent}, column_{indent} {}
  void add(std::string_view word) {
    const auto length = display_width(word);
    if (column_ > indent_ && column_ + 1 + length > width_) {
      text_.append("\n").append(indent_, ' ');
      column_ = indent_;
    } else if (column_ > indent_) {
      text_ += ' ';
      ++column_;
    }
    text_.append(word);
    column_ += length;
  }
  std::string take() { return std::move(text_); }

 private:
  std::size_t width_;
  std::size_t indent_;
  std::size_t column_;
  std::string text_;
};

}  // namespace

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  LineFiller lines{width, indent};
  while (!text.empty())
    if (const auto word = take_word(text); !word.empty()) lines.add(word);
  return lines.take();
}

std::string wrapped_list(const std::vector<std::string>& items, std::size_t width, std::size_t indent) {
  LineFiller lines{width, indent};
  for (std::size_t k = 0; k < items.size(); ++k) lines.add(k + 1 < items.size() ? items[k] + "," : items[k]);
  return lines.take();
}

std::string format_value(double value) {
  if (std::isnan(value)) return "nan";
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size >= 1e5 || size < 1e-3) return printed("%.3g", value);
  return printed("%.4g", value);
}

std::string format_amount(double value) {
  if (value >= 1000) return format_count(static_cast<std::uint64_t>(std::llround(value)));
  if (value >= 99.95) return printed("%.0f", value);
  if (value >= 9.995) return printed("%.1f", value);
  if (value >= 0.005) return printed("%.2f", value);
  return value == 0 ? "0" : "<0.01";
}

std::string format_core_hours(double core_hours) {
  if (core_hours < 1) return format_duration(core_hours * 3600) + " of one core";
  return format_amount(core_hours) + " core hours";
}

std::string bar(double share, std::size_t width, const TextStyle& style) {
  const auto filled =
      static_cast<std::size_t>(std::floor(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
  const bool unicode = style.glyphs == Glyphs::unicode;
  std::string text;
  for (std::size_t k = 0; k < width; ++k) text += k < filled ? (unicode ? "█" : "#") : (unicode ? "░" : ".");
  return unicode ? text : "[" + text + "]";
}

}  // namespace tranche::inspect
