/// \file
/// Everything in a store file that is not one entry a row, and the frame around what is: groups, axes,
/// dimension scales, attributes. Shared by stage files, the view and exports.
/// Layer: store (private adapter). Serial. Throws IoError.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "columns.hpp"
#include "h5.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::store {

/// How a column is stored (contiguous, virtual, chunked): its creation list for the given shape.
using ColumnStorage = std::function<h5::PropertyList(const Column&, const h5::Dims&)>;

/// Creates groups, axes and columns with `rows` rows; attributes and dimension scales included.
/// Returns the columns' datasets in the order of columns_of(layout.spec).
std::vector<h5::RowData> write_skeleton(const h5::File& file, const StageLayout& layout, std::uint64_t rows,
                                        const ColumnStorage& storage);

/// Attributes of the file that all stages of a campaign share.
void write_campaign_attributes(const h5::File& file, const StageLayout& layout);
/// Attributes of the file that say which stage it holds.
void write_stage_attributes(const h5::File& file, const StageLayout& layout);

inline constexpr std::array<const char*, 5> seal_fields{"generation", "digest_high", "digest_low",
                                                        "columns_high", "columns_low"};
/// `seal` u64, one number a seal field, with its scale; all zero: not sealed.
void create_seal(const h5::File& file);

}  // namespace tranche::store
