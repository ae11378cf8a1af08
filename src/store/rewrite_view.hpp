/// \file
/// What a view is made of. Layer: store (private adapter). Serial.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "h5.hpp"
#include "tranche/store/stage_layout.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::store {

/// One row of the table `files`.
struct FileEntry {
  std::string name;  ///< `store/r1.s1.h5`, relative to the view
  IndexRange range;
  StageKey key;
  std::uint64_t bytes = 0;
  StageReader::Seal seal;
};

/// As the layouts say, without a look at the files: no sizes, no seals.
std::vector<FileEntry> entries_of(std::span<const StageLayout> files);

/// Everything in a view; `entries`: one for each of `files`.
void write_view(const h5::File& view, std::span<const StageLayout> files, std::span<const FileEntry> entries);

}  // namespace tranche::store
