/// \file
/// A row of `runs` as SQLite has it, and the way there and back. Layer: adapter (SQLite), private.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "dictionary.hpp"
#include "tranche/base/run_record.hpp"
#include "tranche/ledger/rows.hpp"

namespace tranche::ledger {

/// In the columns' order. Ids are 0 where the column is NULL.
struct StoredRun {
  std::int64_t run_id = 0;
  std::int64_t state = 0;
  std::int64_t reason = 0;
  double wall_s = 0;
  double cpu_s = 0;
  std::int64_t max_rss_kb = 0;
  std::int64_t host = 0;
  std::int64_t slot = 0;
  double started_at = 0;
  std::int64_t exit_code = 0;
  std::int64_t signal = 0;
  std::string_view message;  ///< of the record, or of the statement until its next step
  std::int64_t epoch = 0;
  std::int64_t checksum = 0;  ///< the unsigned value's bits
  std::int64_t simulator = 0;
  std::int64_t final = 0;

  RunId id() const noexcept { return RunId::from_value(run_id); }
};

/// `message` must stay as it is until the statement has been executed.
void bind_run(SQLite::Statement& statement, const StoredRun& run);
StoredRun read_run(SQLite::Statement& row);

/// XXH3-64 over the row without `final` (docs/formats/ledger.md). An epoch keeps the sum over its rows.
std::uint64_t fingerprint(const StoredRun& run);

/// Dictionaries for reading.
struct RunNames {
  explicit RunNames(SQLite::Database& db);
  RunRow resolve(const StoredRun& run) const;

  Names hosts;
  Names reasons;
  Names simulators;
};

}  // namespace tranche::ledger
