/// \file
/// The frame of a store file: everything but the values of its rows. What it is, as text, and what it should
/// be. Layer: store (private adapter). Serial.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "h5.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::store {

/// `nu` (an object), `nu@units` (an attribute of it; `@seed`: of the file), `parameter=` (texts in a list),
/// each with a description.
using Frame = std::map<std::string, std::string>;

/// Every object and attribute there is. What HDF5 cannot read is described as unreadable.
Frame read_frame(const h5::File& file);

/// The frame that a stage file of this layout is created with.
Frame stage_frame(const StageLayout& layout);
/// The frame of a view over these files, rows of all together; without the lists in `files`.
Frame view_frame(std::span<const StageLayout> files);

/// What `file` has otherwise, a sentence each. Its texts `campaign_yaml` and `tranche_version` are from the
/// day it was made: the first is held against its digest, the second against `versions`.
std::vector<std::string> frame_differences(const h5::File& file, const Frame& expected,
                                           const std::set<std::string>& versions);

}  // namespace tranche::store
