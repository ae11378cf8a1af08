/// \file
/// What a Ledger holds. Layer: adapter (SQLite), private.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connection.hpp"
#include "dictionary.hpp"
#include "sql.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::ledger {

struct Ledger::Impl {
  template <class... Arguments>
  explicit Impl(Arguments&&... arguments) : connection{std::forward<Arguments>(arguments)...} {}

  SQLite::Database& db() noexcept { return connection.db(); }

  template <class Work>
  decltype(auto) read(const char* operation, Work&& work) {
    return connection.read(operation, std::forward<Work>(work));
  }
  /// Connection::write; ids given out in a transaction that failed are forgotten.
  template <class Work>
  void write(const char* operation, Work&& work) {
    try {
      connection.write(operation, std::forward<Work>(work));
    } catch (...) {
      for (auto* dictionary : {&hosts, &reasons, &simulators}) dictionary->forget();
      throw;
    }
  }
  /// The insert is used millions of times and prepared once.
  SQLite::Statement& add_run() {
    if (!add_run_) add_run_ = std::make_unique<SQLite::Statement>(db(), sql::add_run);
    return *add_run_;
  }
  /// Throws ContractError if there is no such stage.
  StageRow stage(StageKey key);

  Connection connection;  // first: closed after everything that was prepared on it
  Dictionary hosts{sql::list_hosts, sql::add_host};
  Dictionary reasons{sql::list_reasons, sql::add_reason};
  Dictionary simulators{sql::list_simulators, sql::add_simulator};
  std::int64_t job = 0;       ///< of this process; 0: none begun
  std::string job_simulator;  ///< what its runs carry; empty: none

 private:
  std::unique_ptr<SQLite::Statement> add_run_;
};

/// In order of revision and stage.
std::vector<StageRow> read_stages(SQLite::Database& db);

}  // namespace tranche::ledger
