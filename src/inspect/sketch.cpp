#include "tranche/inspect/sketch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace tranche::inspect {
namespace {

struct Range {
  double lo = std::numeric_limits<double>::infinity();
  double hi = -std::numeric_limits<double>::infinity();
  bool empty() const { return lo > hi; }
};

bool drawn(double value, const SketchOptions& options) {
  return std::isfinite(value) && (!options.floor || value > *options.floor);
}

Range range_of(std::span<const double> values, const SketchOptions& options) {
  Range range;
  for (const double value : values) {
    if (!drawn(value, options)) continue;
    range.lo = std::min(range.lo, value);
    range.hi = std::max(range.hi, value);
  }
  if (range.empty()) return range;
  if (options.scale == ValueScale::log10) range.lo = std::max(range.lo, range.hi - options.most_decades);
  if (range.hi - range.lo <= 1e-12 * std::abs(range.hi)) {
    const double margin = range.hi == 0 ? 1 : std::abs(range.hi) * 0.05;
    range.lo -= margin;
    range.hi += margin;
  }
  return range;
}

std::string label(double value, const SketchOptions& options) {
  if (options.scale == ValueScale::linear) return format_value(value);
  const double linear = std::pow(10.0, value);
  return std::isfinite(linear) && linear > 0 ? format_value(linear) : "10^" + format_value(value);
}

/// Dots that can be set one by one, drawn as characters.
class Canvas {
 public:
  Canvas(std::size_t columns, std::size_t rows, Glyphs glyphs)
      : across_{glyphs == Glyphs::unicode ? 2u : 1u},
        down_{glyphs == Glyphs::unicode ? 4u : 2u},
        columns_{columns},
        glyphs_{glyphs},
        dots_(columns * across_ * rows * down_, false),
        height_{rows * down_} {}

  std::size_t width() const { return columns_ * across_; }
  std::size_t height() const { return height_; }
  /// y counts from the bottom.
  void set(std::size_t x, std::size_t y) { dots_[(height_ - 1 - y) * width() + x] = true; }

  std::string row(std::size_t which) const {
    std::string text;
    for (std::size_t column = 0; column < columns_; ++column) text += glyph(column, which);
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
  }

 private:
  bool dot(std::size_t x, std::size_t y) const { return dots_[y * width() + x]; }

  std::string glyph(std::size_t column, std::size_t row) const {
    const auto x = column * across_;
    const auto y = row * down_;
    if (glyphs_ == Glyphs::ascii) {
      const bool upper = dot(x, y);
      const bool lower = dot(x, y + 1);
      return upper && lower ? "|" : upper ? "'" : lower ? "." : " ";
    }
    // Bits of the braille block U+2800, column by column.
    static constexpr std::array<std::array<unsigned, 4>, 2> bits{
        {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}};
    unsigned code = 0;
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t j = 0; j < 4; ++j)
        if (dot(x + i, y + j)) code |= bits[i][j];
    if (code == 0) return " ";
    return {static_cast<char>(0xe2), static_cast<char>(0xa0 | (code >> 6)),
            static_cast<char>(0x80 | (code & 0x3f))};
  }

  std::size_t across_;
  std::size_t down_;
  std::size_t columns_;
  Glyphs glyphs_;
  std::vector<bool> dots_;
  std::size_t height_;
};

/// Value at a fractional position; NaN where a neighbour is not drawn.
double value_at(std::span<const double> values, double position, const SketchOptions& options) {
  const auto left = static_cast<std::size_t>(position);
  const auto right = std::min(left + 1, values.size() - 1);
  const double share = position - static_cast<double>(left);
  const double a = values[left];
  const double b = values[right];
  if (share == 0 || left == right) return drawn(a, options) ? a : std::nan("");
  if (!drawn(a, options) || !drawn(b, options)) return std::nan("");
  return a + share * (b - a);
}

constexpr auto nowhere = static_cast<std::size_t>(-1);

void draw(Canvas& canvas, std::span<const double> values, Range range, const SketchOptions& options) {
  const auto top = static_cast<double>(canvas.height() - 1);
  auto before = nowhere;
  for (std::size_t x = 0; x < canvas.width(); ++x) {
    const double position = values.size() == 1 || canvas.width() == 1
                                ? 0
                                : static_cast<double>(x) * static_cast<double>(values.size() - 1) /
                                      static_cast<double>(canvas.width() - 1);
    const double value = value_at(values, position, options);
    if (std::isnan(value) || value < range.lo) {
      before = nowhere;
      continue;
    }
    const auto y = static_cast<std::size_t>(std::lround((value - range.lo) / (range.hi - range.lo) * top));
    // The curve goes on from the last dot without touching it again.
    const auto from = before == nowhere ? y : std::min(before + (before < y ? 1 : 0), y);
    const auto to = before == nowhere ? y : std::max(before > y ? before - 1 : y, y);
    for (auto dot = from; dot <= to; ++dot) canvas.set(x, dot);
    before = y;
  }
}

/// Labels of the axis below a drawing of `columns` columns that begins at column `at`.
std::string axis_line(const SketchOptions& options, std::size_t at, std::size_t columns) {
  if (options.from.empty() && options.to.empty()) return {};
  const auto taken = display_width(options.from) + display_width(options.to);
  std::string text(at, ' ');
  text += options.from;
  text.append(taken < columns ? columns - taken : 1, ' ');
  return text + options.to + '\n';
}

}  // namespace

std::string sketch_curve(std::span<const double> values, const SketchOptions& options,
                         const TextStyle& style) {
  const auto range = range_of(values, options);
  if (range.empty()) return {};
  Canvas canvas{options.columns, options.rows, style.glyphs};
  draw(canvas, values, range, options);
  const auto top = label(range.hi, options);
  const auto bottom = label(range.lo, options);
  const auto margin = std::max(display_width(top), display_width(bottom));
  const std::string edge = style.glyphs == Glyphs::unicode ? "┤" : "|";
  std::string text;
  for (std::size_t row = 0; row < options.rows; ++row) {
    const auto& name = row == 0 ? top : row + 1 == options.rows ? bottom : std::string{};
    text.append(options.indent, ' ');
    text += style.dim(padded_left(name, margin) + " " + edge) + canvas.row(row) + '\n';
  }
  const auto axis = axis_line(options, options.indent + margin + 2, options.columns);
  return text + (axis.empty() ? axis : style.dim(axis));
}

std::string sketch_map(std::span<const double> values, std::size_t fast, const SketchOptions& options,
                       const TextStyle& style) {
  const auto range = range_of(values, options);
  if (range.empty() || fast == 0 || values.size() < fast) return {};
  static constexpr std::array<const char*, 5> shades{" ", "░", "▒", "▓", "█"};
  static constexpr std::array<const char*, 5> letters{" ", ".", "o", "O", "#"};
  const auto& glyphs = style.glyphs == Glyphs::unicode ? shades : letters;
  const auto slow = values.size() / fast;
  const auto columns = std::min(options.columns, fast);
  const auto rows = std::min(options.rows, slow);
  std::string text;
  for (std::size_t row = 0; row < rows; ++row) {
    text.append(options.indent, ' ');
    for (std::size_t column = 0; column < columns; ++column) {
      const double value = values[(row * slow / rows) * fast + column * fast / columns];
      const double share = (value - range.lo) / (range.hi - range.lo);
      const auto shade = drawn(value, options) && share >= 0
                             ? std::min<std::size_t>(4, static_cast<std::size_t>(share * 5))
                             : 0;
      text += glyphs[shade];
    }
    text += '\n';
  }
  const auto axis = axis_line(options, options.indent, columns);
  return text + (axis.empty() ? axis : style.dim(axis));
}

}  // namespace tranche::inspect
