/// \file
/// The table `done`: read whole, changed block by block. Layer: adapter (SQLite), private.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <span>
#include <vector>

#include "tranche/base/ids.hpp"

namespace tranche::ledger {

enum class Bit : std::uint8_t { set, clear };

/// Gives every index its new bit; `indices` ascend. Throws DamageError, naming the sample, if one has it
/// already. Inside a write transaction. One read and one write a block.
void change_done(SQLite::Database& db, StageKey stage, std::span<const SampleIndex> indices, Bit bit);

/// Bit k = index range.begin + k.
std::vector<std::uint8_t> read_done(SQLite::Database& db, StageKey stage, IndexRange range);

}  // namespace tranche::ledger
