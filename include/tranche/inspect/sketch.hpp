/// \file
/// A curve or a map drawn with characters: enough to see that a spectrum is a spectrum.
/// Layer: application library (pure).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "tranche/inspect/text_style.hpp"

namespace tranche::inspect {

/// What the values are: themselves, or logarithms of what they stand for.
enum class ValueScale : std::uint8_t { linear, log10 };

struct SketchOptions {
  std::size_t columns = 60;  ///< of the drawing, without labels
  std::size_t rows = 8;
  std::size_t indent = 2;
  ValueScale scale = ValueScale::linear;
  double most_decades = 15;     ///< log10 only: drawn below the largest value
  std::optional<double> floor;  ///< values at or below are not drawn and do not set the range
  std::string from;             ///< label at the left end of the axis
  std::string to;               ///< at the right end
};

/// Values in order of their axis, evenly spaced. Values that are not finite leave gaps. Lines ending in
/// a newline; empty if there is nothing finite to draw.
std::string sketch_curve(std::span<const double> values, const SketchOptions& options,
                         const TextStyle& style);

/// A table of values, `fast` of them in a line, as shades: light is small.
std::string sketch_map(std::span<const double> values, std::size_t fast, const SketchOptions& options,
                       const TextStyle& style);

}  // namespace tranche::inspect
