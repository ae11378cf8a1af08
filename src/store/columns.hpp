/// \file
/// The datasets of a stage file that have one entry a row, in the order of docs/formats/store.md.
/// Layer: store (private, pure: no HDF5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tranche/store/stage_layout.hpp"

namespace tranche::store {

enum class Element : std::uint8_t { u8, u16, i64, u64, f32, f64 };
std::size_t size_of(Element element) noexcept;
constexpr bool is_real(Element element) noexcept {
  return element == Element::f32 || element == Element::f64;
}

/// What a column holds, which decides who fills it and when.
enum class Content : std::uint8_t {
  index,
  revision,
  stage,
  parameters,
  derived,
  output,
  state,
  checksum,
  meta
};

struct Column {
  std::string path;  ///< in the file, e.g. `derived/t_var`
  Content content = Content::index;
  std::size_t which = 0;  ///< position among the derived, outputs or meta
  Element element = Element::u8;
  std::vector<std::uint64_t> shape;  ///< of one row; empty: a number
  std::vector<std::string> scales;   ///< dimension scales of `shape`, root level names
  std::size_t row_bytes() const noexcept;
  std::vector<unsigned long long> dims(std::uint64_t rows) const;  ///< rows, then shape
};

/// Throws ContractError if a name of the specification collides with a name of the format.
std::vector<Column> columns_of(const campaign::CampaignSpec& spec);

}  // namespace tranche::store
