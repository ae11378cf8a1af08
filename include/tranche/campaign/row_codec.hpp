/// \file
/// From the doubles a simulator returns to the bytes the store keeps: checks, transform, checksum.
/// Layer: campaign (pure).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"

namespace tranche::campaign {

/// Where one output lies in a stored row.
struct RowField {
  std::size_t offset = 0;  ///< bytes from the row's start
  std::size_t bytes = 0;
  std::uint64_t elements = 0;
};

/// Stored row = all outputs in declared order, each in its stored type, little-endian, packed; then
/// the meta numbers as f64. The checksum covers the outputs only, with canonical NaN.
class RowCodec {
 public:
  explicit RowCodec(const CampaignSpec& spec);

  std::size_t output_bytes() const noexcept { return output_bytes_; }
  std::size_t row_bytes() const noexcept { return output_bytes_ + meta_count_ * sizeof(double); }
  std::size_t meta_count() const noexcept { return meta_count_; }
  std::span<const RowField> fields() const noexcept { return fields_; }
  std::uint64_t total_elements() const noexcept { return total_elements_; }

  struct Verdict {
    bool ok = true;
    std::string reason;   ///< `finite`, `nonnegative`: the check that broke
    std::string message;  ///< output, element, value
  };
  /// `values` = outputs' doubles in declared order, concatenated (total_elements()).
  /// Checks, transforms (log10 in double before narrowing) and writes output_bytes() to `row`.
  Verdict encode(std::span<const double> values, std::span<std::byte> row) const;
  /// The same for outputs that lie apart: one array for each.
  Verdict encode_arrays(std::span<double* const> outputs, std::span<std::byte> row) const;

  /// XXH3-64 over the stored outputs with every NaN replaced by the canonical one
  /// (0x7fc00000 / 0x7ff8000000000000). Signed zeros stay.
  std::uint64_t checksum(std::span<const std::byte> outputs) const;

 private:
  Verdict encode_output(std::size_t k, std::span<const double> values, std::span<std::byte> row) const;
  Verdict first_break(std::size_t k, std::span<const double> values) const;

  std::vector<Output> outputs_;
  std::vector<std::vector<std::uint64_t>> shapes_;  ///< axis lengths of each output, slowest first
  std::vector<RowField> fields_;
  std::size_t output_bytes_ = 0;
  std::size_t meta_count_ = 0;
  std::uint64_t total_elements_ = 0;
};

}  // namespace tranche::campaign
