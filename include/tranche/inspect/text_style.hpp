/// \file
/// How text for people may look here: colours, characters beyond ASCII, width.
/// Layer: application library (pure).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tranche::inspect {

enum class Glyphs : std::uint8_t { ascii, unicode };
enum class Color : std::uint8_t { off, on };

struct TextStyle {
  Color color = Color::off;
  Glyphs glyphs = Glyphs::unicode;
  std::size_t width = 80;

  std::string bold(std::string_view text) const { return painted(text, "1"); }
  std::string dim(std::string_view text) const { return painted(text, "2"); }
  std::string red(std::string_view text) const { return painted(text, "31"); }
  std::string green(std::string_view text) const { return painted(text, "32"); }
  std::string yellow(std::string_view text) const { return painted(text, "33"); }

 private:
  std::string painted(std::string_view text, std::string_view code) const;
};

/// Columns a text takes on a terminal: characters, not bytes; colours take none.
std::size_t display_width(std::string_view text);

/// `text` filled up with spaces to `width` columns.
std::string padded(std::string_view text, std::size_t width);
std::string padded_left(std::string_view text, std::size_t width);

/// At most `width` columns; cut with `...` at the end. For text without colours.
std::string shortened(std::string_view text, std::size_t width);

/// Words of `text` in lines that end within `width` columns. The text begins at column `indent`, and so do
/// the lines after the first.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

/// The same for `a = 1, b = 2`: no line ends inside an item.
std::string wrapped_list(const std::vector<std::string>& items, std::size_t width, std::size_t indent);

/// A number with few digits: `3`, `0.031`, `1e+18`, `4.71e-13`.
std::string format_value(double value);

/// Three digits, larger numbers in full: `<0.01`, `0.42`, `12.3`, `1 234`. Core hours in a table.
std::string format_amount(double value);

/// What was paid: `42 core hours`, or `3 min 20 s of one core` below one hour.
std::string format_core_hours(double core_hours);

/// `[####......]`, `width` columns of which `share` are filled.
std::string bar(double share, std::size_t width, const TextStyle& style);

}  // namespace tranche::inspect
