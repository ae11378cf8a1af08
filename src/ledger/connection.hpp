/// \file
/// One connection to the ledger's file: how it is opened, fenced, and how its errors are told.
/// Layer: adapter (SQLite). Private to src/ledger.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "table_sums.hpp"

namespace tranche::ledger {

/// Throws the error of base/errors.hpp that fits: damaged, owned, or DbError.
[[noreturn]] void throw_translated(const SQLite::Exception& error, const char* operation,
                                   const std::string& path, int system_error = 0);

class Connection {
 public:
  struct Owner {
    std::string nonce;
  };
  struct Reader {};

  Connection(const std::string& path, Owner owner, std::chrono::milliseconds wait);
  Connection(const std::string& path, Reader, std::chrono::milliseconds wait);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  SQLite::Database& db() noexcept { return db_; }
  const std::string& path() const noexcept { return path_; }

  /// Runs `work` with SQLite's errors translated; `operation` is a verb phrase ("list the stages").
  template <class Work>
  decltype(auto) read(const char* operation, Work&& work) {
    try {
      return std::forward<Work>(work)();
    } catch (const SQLite::Exception& error) {
      throw_translated(error, operation, path_, system_error());
    }
  }

  /// As read, in one durable transaction behind the fence. Rolled back if anything throws.
  template <class Work>
  void write(const char* operation, Work&& work) {
    read(operation, [&] {
      SQLite::Transaction transaction{db_, SQLite::TransactionBehavior::IMMEDIATE};
      fence();
      std::forward<Work>(work)();
      sums_.bring_up_to_date(db_);
      transaction.commit();
      sums_.keep();
      expected_counter_ = change_counter();
    });
  }

 private:
  int system_error() const;
  void prepare_for_writing(std::chrono::milliseconds wait);
  void take_over();
  /// Throws unless this connection is still the owner's and nobody else has written.
  void fence();
  /// SQLite's count of foreign-visible changes, read from the file and not from the page cache.
  std::uint32_t change_counter();
  /// Whether the path leads to another file by now: a takeover (renew_file).
  bool moved();

  std::string path_;
  std::string nonce_;  ///< empty: reader
  SQLite::Database db_;
  TableSums sums_;
  std::uint32_t expected_counter_ = 0;
};

}  // namespace tranche::ledger
