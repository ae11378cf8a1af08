/// \file
/// A table (id, name) behind a small id. Layer: adapter (SQLite), private.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>
#include <unordered_map>

namespace tranche::ledger {

/// Names to ids, kept in memory once read. After a rolled back transaction `forget` is due.
class Dictionary {
 public:
  Dictionary(const char* list_sql, const char* add_sql) : list_sql_{list_sql}, add_sql_{add_sql} {}

  /// Id of `name`, added to the table if it is new. Inside a write transaction.
  std::int64_t id_of(SQLite::Database& db, const std::string& name);
  void forget() noexcept;

 private:
  void load(SQLite::Database& db);

  const char* list_sql_;
  const char* add_sql_;
  bool loaded_ = false;
  std::unordered_map<std::string, std::int64_t> ids_;
};

/// The other direction, for reading.
using Names = std::unordered_map<std::int64_t, std::string>;
Names read_names(SQLite::Database& db, const char* list_sql);

}  // namespace tranche::ledger
