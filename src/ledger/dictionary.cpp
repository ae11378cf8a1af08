#include "dictionary.hpp"

namespace tranche::ledger {

std::int64_t Dictionary::id_of(SQLite::Database& db, const std::string& name) {
  if (!loaded_) load(db);
  if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
  SQLite::Statement add{db, add_sql_};
  add.bindNoCopy(1, name);
  add.exec();
  const std::int64_t id = db.getLastInsertRowid();
  ids_.emplace(name, id);
  return id;
}

void Dictionary::forget() noexcept {
  ids_.clear();
  loaded_ = false;
}

void Dictionary::load(SQLite::Database& db) {
  for (auto& [id, name] : read_names(db, list_sql_)) ids_.emplace(name, id);
  loaded_ = true;
}

Names read_names(SQLite::Database& db, const char* list_sql) {
  Names names;
  SQLite::Statement rows{db, list_sql};
  while (rows.executeStep()) names.emplace(rows.getColumn(0).getInt64(), rows.getColumn(1).getString());
  return names;
}

}  // namespace tranche::ledger
