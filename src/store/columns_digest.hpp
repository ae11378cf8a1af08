/// \file
/// Digest of the columns that neither checksum nor stage digest covers, for the seal (docs/formats/store.md).
/// Layer: store (private adapter). Serial.
#pragma once

#include "check_stage_file.hpp"
#include "tranche/base/checksum.hpp"

namespace tranche::store {

/// XXH3-128 over the XXH3-64 of every 65 536 rows of index, revision, stage, parameters, derived and meta, in
/// the order of the file, as stored. Reads all of them.
Digest columns_digest(const OpenStage& stage);

}  // namespace tranche::store
