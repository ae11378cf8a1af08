#include "tranche/inspect/text_table.hpp"

#include <algorithm>

namespace tranche::inspect {

void TextTable::add(std::vector<std::string> row) {
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

std::string TextTable::text(const TextStyle& style, std::size_t indent) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_)
    for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], display_width(row[k]));
  std::vector<std::size_t> shown;
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    if (widths[k] == 0) continue;
    widths[k] = std::max(widths[k], display_width(columns_[k].title));
    shown.push_back(k);
  }
  if (shown.empty()) return {};

  const auto line = [&](const auto& cell_of, const auto& paint) {
    std::string text(indent, ' ');
    std::size_t column = indent;
    for (const auto k : shown) {
      const bool last = k == shown.back();
      const bool left = columns_[k].align == Align::left;
      std::string cell = cell_of(k);
      if (last && left && column < style.width && cell.find('\x1b') == std::string::npos)
        cell = shortened(cell, style.width - column);
      const auto filled = left ? (last ? cell : padded(cell, widths[k])) : padded_left(cell, widths[k]);
      text += paint(filled);
      if (!last) text += "  ";
      column += widths[k] + 2;
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text + '\n';
  };

  std::string result;
  const bool titled =
      std::any_of(columns_.begin(), columns_.end(), [](const Column& c) { return !c.title.empty(); });
  if (titled)
    result += line([&](std::size_t k) { return columns_[k].title; },
                   [&](const std::string& t) { return style.dim(t); });
  for (const auto& row : rows_)
    result += line([&](std::size_t k) { return row[k]; }, [](const std::string& t) { return t; });
  return result;
}

}  // namespace tranche::inspect
