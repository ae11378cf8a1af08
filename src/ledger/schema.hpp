/// \file
/// Whose file is it, which version, and how it gets to today's. Layer: adapter (SQLite), private.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

namespace tranche::ledger {

/// A new (empty) file or a ledger of this version or older; throws Failure with ExitCode::usage otherwise.
void require_ledger_or_new(SQLite::Database& db, const std::string& path);
/// A ledger of exactly this version.
void require_current(SQLite::Database& db, const std::string& path);
/// Applies the missing migrations, all of them to a new file. Inside the caller's transaction.
void migrate(SQLite::Database& db, const std::string& path);

}  // namespace tranche::ledger
