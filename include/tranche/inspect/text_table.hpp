/// \file
/// Columns that line up.
/// Layer: application library (pure).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tranche/inspect/text_style.hpp"

namespace tranche::inspect {

enum class Align : std::uint8_t { left, right };

class TextTable {
 public:
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit TextTable(std::vector<Column> columns) : columns_{std::move(columns)} {}

  /// Missing cells are empty, surplus ones dropped.
  void add(std::vector<std::string> row);
  bool empty() const noexcept { return rows_.empty(); }

  /// Lines ending in a newline, each indented; two spaces between columns; columns that are empty
  /// throughout are left out. The last column is shortened to the style's width.
  std::string text(const TextStyle& style, std::size_t indent = 2) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tranche::inspect
