/// \file
/// Sums over the rows of the small tables, kept as facts, so that any later change of a row is found.
/// Layer: adapter (SQLite). Private to src/ledger.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tranche::ledger {

/// A sum modulo 2^64 of XXH3-64 over each row, for every table but `runs` (summed epoch by epoch) and `done`
/// (follows from the runs). Kept as the fact `sum.<table>`, and changed by the difference that a transaction
/// makes: a row that was altered behind our back is left out of no later sum.
class TableSums {
 public:
  /// A ledger that has just been created: facts that say zero.
  static void create(SQLite::Database& db);

  /// What the tables add up to before anything is written. Cost: reads them once.
  void load(SQLite::Database& db);
  /// Before a transaction is committed; `keep` afterwards. `epochs` only grows and costs its new rows.
  void bring_up_to_date(SQLite::Database& db);
  void keep() { now_ = next_; }

  /// A sentence for each table that is not what its fact says.
  static std::vector<std::string> faults(SQLite::Database& db);

 private:
  struct Totals {
    std::map<std::string, std::uint64_t> sums;
    std::int64_t last_epoch = 0;
  };
  static Totals count(SQLite::Database& db, const Totals& before);

  Totals now_;
  Totals next_;
};

}  // namespace tranche::ledger
