/// \file
/// A curve given at one set of places, wanted at another.
/// Layer: core (pure).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tranche/readout/fault.hpp"

namespace tranche::readout {

enum class Scale : std::uint8_t { log, linear };

struct Resampled {
  Numbers values;
  std::size_t extrapolated = 0;  ///< of these, how many lie beyond the curve's ends
};

/// Straight lines between the points, drawn in the logarithms of both or in the numbers themselves; beyond
/// the ends the first and the last line go on. At a point of the curve its value is kept exactly. With `log`,
/// a line that ends in a value that is not above 0 is straight in the value over the logarithm of the place.
/// The axis may ascend or descend. O(points + places). Fault `axis`: fewer than two points, not monotonic,
/// not finite, or not above 0 with `log`; `file` is for its message. Precondition: as many values as axis
/// points, and `places` ascends.
Result<Resampled> resample(std::span<const double> axis, std::span<const double> values,
                           std::span<const double> places, Scale scale, std::string_view file);

}  // namespace tranche::readout
