#include "schema.hpp"

#include <array>

#include "sql.hpp"
#include "table_sums.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::ledger {
namespace {

constexpr std::array migrations{sql::migration_0};
static_assert(migrations.size() == format_version, "one migration for each version");

int number(SQLite::Database& db, const char* query) {
  return db.execAndGet(query).getInt();
}

bool is_new(SQLite::Database& db) {
  return number(db, sql::count_schema) == 0 && number(db, sql::get_application_id) == 0;
}

void require_ours(SQLite::Database& db, const std::string& path) {
  if (number(db, sql::get_application_id) == sql::application_id) return;
  throw Failure{ExitCode::usage, path + ": is an SQLite file, but not a ledger of tranche",
                "move it away, or name another campaign directory"};
}

void require_not_newer(SQLite::Database& db, const std::string& path) {
  const int version = number(db, sql::get_version);
  if (version <= format_version) return;
  throw Failure{ExitCode::usage,
                path + ": has ledger format " + std::to_string(version) +
                    ", and this tranche knows formats up to " + std::to_string(format_version),
                "use the newer tranche that wrote it"};
}

}  // namespace

void require_ledger_or_new(SQLite::Database& db, const std::string& path) {
  if (is_new(db)) return;
  require_ours(db, path);
  require_not_newer(db, path);
}

void require_current(SQLite::Database& db, const std::string& path) {
  require_ours(db, path);
  require_not_newer(db, path);
  const int version = number(db, sql::get_version);
  if (version == format_version) return;
  throw Failure{ExitCode::usage,
                path + ": has the older ledger format " + std::to_string(version) +
                    ", which only a command that writes can bring up to date",
                "tranche run"};
}

void migrate(SQLite::Database& db, const std::string& path) {
  require_ledger_or_new(db, path);
  const int version = number(db, sql::get_version);
  if (version == format_version) return;
  for (int step = version; step < format_version; ++step) db.exec(migrations[static_cast<std::size_t>(step)]);
  if (version == 0) TableSums::create(db);
  db.exec(sql::set_application_id + std::to_string(sql::application_id));
  db.exec(sql::set_version + std::to_string(format_version));
}

}  // namespace tranche::ledger
