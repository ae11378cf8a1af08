/// \file
/// The table `done`: read whole, changed block by block. Layer: adapter (SQLite), private.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "tranche/base/ids.hpp"

namespace tranche::ledger {

enum class Bit : std::uint8_t { set, clear };

/// Gives every index its new bit; `indices` ascend. Throws DamageError, naming the sample, if one has it
/// already. Inside a write transaction. One read and one write a block.
void change_done(SQLite::Database& db, StageKey stage, std::span<const SampleIndex> indices, Bit bit);

/// Calls `visit` with each block and the index of its first bit, ascending.
void visit_blocks(SQLite::Database& db, StageKey stage,
                  const std::function<void(SampleIndex first, std::span<const std::uint8_t> bits)>& visit);

/// Is a sample done? Ask in index order: one read a block.
class DoneLookup {
 public:
  DoneLookup(SQLite::Database& db, StageKey stage) : db_{db}, stage_{stage} {}
  bool contains(SampleIndex index);

 private:
  SQLite::Database& db_;
  StageKey stage_;
  std::optional<std::uint64_t> block_;
  std::optional<std::vector<std::uint8_t>> bits_;
};

/// Bit k = index range.begin + k.
std::vector<std::uint8_t> read_done(SQLite::Database& db, StageKey stage, IndexRange range);

}  // namespace tranche::ledger
