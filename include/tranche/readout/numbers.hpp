/// \file
/// Numbers as C, Fortran and Python print them.
/// Layer: core (pure).
#pragma once

#include <optional>
#include <string_view>

namespace tranche::readout {

/// The whole word as a number: `1`, `-2.5e-3`, `+.5`, Fortran's `1.0D+05` and `0.12-104` (an exponent of
/// three digits leaves no room for its letter), `nan`, `inf`, `Infinity` in any case. Numbers too small for a
/// double are 0, too large ones infinite.
std::optional<double> read_number(std::string_view word);

}  // namespace tranche::readout
