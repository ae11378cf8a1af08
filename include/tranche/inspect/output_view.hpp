/// \file
/// A stored output for people: range, what is missing, a sketch.
/// Layer: application library (pure).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::inspect {

/// Stored bytes of one output as doubles (log10 values stay logarithms).
std::vector<double> stored_numbers(const campaign::Output& output, std::span<const std::byte> bytes);

struct OutputRange {
  double lo = 0;  ///< as meant: log10 values are raised again
  double hi = 0;
  std::uint64_t elements = 0;
  std::uint64_t finite = 0;
  std::uint64_t at_floor = 0;  ///< log10 only
};

/// `stored` = one row of an output as stored_numbers() gives it.
OutputRange output_range(const campaign::Output& output, std::span<const double> stored);

/// One line: `sed  [177] erg s-1  2.1e+36 .. 4.4e+45  (12 at the floor)`.
std::string output_line(const campaign::CampaignSpec& spec, std::size_t which,
                        std::span<const double> stored);

/// The same and a drawing below, of outputs with axes.
std::string output_text(const campaign::CampaignSpec& spec, std::size_t which, std::span<const double> stored,
                        const TextStyle& style, std::size_t indent);

}  // namespace tranche::inspect
