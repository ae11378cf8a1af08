/// \file
/// Lines of a text and places in it, counted in characters as editors do.
/// Layer: config (private).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tranche::config {

/// Views into a text that must outlive it. Lines end at \n or \r\n; a byte order mark is no part of them.
class SourceLines {
 public:
  explicit SourceLines(std::string_view text);

  std::size_t count() const noexcept { return lines_.size(); }
  /// Line `number`, from 1; empty beyond the last.
  std::string_view line(int number) const noexcept;
  /// Character column, from 1, of a byte offset in a line.
  int column_of(int line_number, std::size_t byte) const noexcept;
  /// Byte offset in a line of a character column, from 1.
  std::size_t byte_of(int line_number, int column) const noexcept;

 private:
  std::vector<std::string_view> lines_;
};

/// Number of UTF-8 characters in a well-formed text.
std::size_t character_count(std::string_view text) noexcept;

/// Offset of the first byte that is not UTF-8 text (NUL included); npos if all is well.
std::size_t find_bad_byte(std::string_view text) noexcept;

/// The text without a byte order mark.
std::string_view without_bom(std::string_view text) noexcept;

}  // namespace tranche::config
