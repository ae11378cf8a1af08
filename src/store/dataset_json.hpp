/// \file
/// dataset.json of a TFRecord export: what the features are (docs/formats/exports.md).
/// Layer: store (private, pure).
#pragma once

#include <span>
#include <string>

#include "columns.hpp"
#include "record_files.hpp"

namespace tranche::store {

/// Place of a parameter's value in its range: -1 at the lower end, 1 at the upper one, evenly in its own
/// scale.
double scaled_input(const campaign::Parameter& parameter, double value);

/// Columns that an Example has as features, of those of the campaign.
bool is_feature(const Column& column) noexcept;

std::string dataset_json(const StageLayout& layout, double hold_out_share, const RecordFiles& train,
                         const RecordFiles& hold_out);

}  // namespace tranche::store
