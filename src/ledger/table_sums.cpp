#include "table_sums.hpp"

#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>

#include "sql.hpp"
#include "tranche/base/checksum.hpp"

namespace tranche::ledger {
namespace {

constexpr std::array summed_tables{"facts", "hosts", "reasons", "simulators", "stages", "jobs", "events"};
constexpr const char* epochs = "epochs";

std::string fact_of(const std::string& table) {
  return "sum." + table;
}

std::string hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

void append(std::vector<std::byte>& row, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  row.insert(row.end(), bytes, bytes + size);
}

/// Type, length and bytes of a value: no two rows look alike.
void append(std::vector<std::byte>& row, const SQLite::Column& column) {
  row.push_back(static_cast<std::byte>(column.getType()));
  if (column.isInteger()) {
    const std::int64_t value = column.getInt64();
    append(row, &value, sizeof value);
  } else if (column.isFloat()) {
    const double value = column.getDouble();
    append(row, &value, sizeof value);
  } else {
    const void* data = column.getBlob();
    const auto size = static_cast<std::uint64_t>(column.getBytes());
    append(row, &size, sizeof size);
    append(row, data, size);
  }
}

std::uint64_t hash_of(SQLite::Statement& row) {
  std::vector<std::byte> bytes;
  for (int column = 0; column < row.getColumnCount(); ++column) append(bytes, row.getColumn(column));
  return checksum64(bytes);
}

std::uint64_t sum_of(SQLite::Database& db, const std::string& table) {
  SQLite::Statement rows{db, std::string{sql::all_of} + table + (table == "facts" ? sql::but_sums : "")};
  std::uint64_t sum = 0;
  while (rows.executeStep()) sum += hash_of(rows);
  return sum;
}

std::optional<std::uint64_t> kept_sum(SQLite::Database& db, const std::string& table) {
  SQLite::Statement fact{db, sql::get_fact};
  fact.bind(1, fact_of(table));
  if (!fact.executeStep()) return std::nullopt;
  const std::string text = fact.getColumn(0).getString();
  unsigned long long value = 0;
  int end = 0;
  if (std::sscanf(text.c_str(), "%16llx%n", &value, &end) != 1 || text != hex(value)) return std::nullopt;
  return value;
}

void set_sum(SQLite::Database& db, const std::string& table, std::uint64_t sum) {
  SQLite::Statement fact{db, sql::set_fact};
  fact.bind(1, fact_of(table));
  fact.bind(2, hex(sum));
  fact.exec();
}

}  // namespace

TableSums::Totals TableSums::count(SQLite::Database& db, const Totals& before) {
  Totals totals = before;
  for (const auto* table : summed_tables) totals.sums[table] = sum_of(db, table);
  SQLite::Statement rows{db, sql::epochs_after};
  rows.bind(1, before.last_epoch);
  while (rows.executeStep()) {
    totals.sums[epochs] += hash_of(rows);
    totals.last_epoch = rows.getColumn(0).getInt64();
  }
  return totals;
}

void TableSums::create(SQLite::Database& db) {
  for (const auto* table : summed_tables) set_sum(db, table, 0);
  set_sum(db, epochs, 0);
}

void TableSums::load(SQLite::Database& db) {
  now_ = count(db, {});
}

void TableSums::bring_up_to_date(SQLite::Database& db) {
  next_ = count(db, now_);
  for (const auto& [table, sum] : next_.sums) {
    const std::uint64_t difference = sum - now_.sums[table];
    // A sum that is lost stays lost: the tables cannot be vouched for any more.
    if (const auto kept = difference == 0 ? std::nullopt : kept_sum(db, table))
      set_sum(db, table, *kept + difference);
  }
}

std::vector<std::string> TableSums::faults(SQLite::Database& db) {
  std::vector<std::string> faults;
  for (const auto& [table, sum] : count(db, {}).sums) {
    const auto kept = kept_sum(db, table);
    if (!kept)
      faults.push_back("The fact " + fact_of(table) + " is missing or unreadable.");
    else if (*kept != sum)
      faults.push_back("Table " + table + " is not as it was recorded.");
  }
  return faults;
}

}  // namespace tranche::ledger
