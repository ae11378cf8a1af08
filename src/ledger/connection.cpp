#include "connection.hpp"

#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "schema.hpp"
#include "sql.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::ledger {
namespace {

constexpr auto no_room = "make room on the file system (df -h, quota -s), then type: tranche run";

int milliseconds(std::chrono::milliseconds wait) {
  return static_cast<int>(wait.count());
}

/// Opens the file; a missing one is told apart from one that may not be opened.
SQLite::Database open_file(const std::string& path, int flags, std::chrono::milliseconds wait) {
  try {
    return SQLite::Database{path, flags | SQLite::OPEN_NOMUTEX, milliseconds(wait)};
  } catch (const SQLite::Exception& error) {
    throw_translated(error, "open", path);
  }
}

std::string native(const SQLite::Exception& error) {
  return std::string{error.what()} + " (SQLite " + std::to_string(error.getExtendedErrorCode()) + ")";
}

}  // namespace

void throw_translated(const SQLite::Exception& error, const char* operation, const std::string& path,
                      int system_error) {
  // SQLite has a name of its own for a full disk, but none for a quota.
  const std::string cause =
      error.getErrorCode() == SQLITE_IOERR && system_error != 0 ? std::strerror(system_error) : "";
  const std::string text =
      path + ": cannot " + operation + ": " + (cause.empty() ? "" : cause + "; ") + native(error);
  switch (error.getErrorCode()) {
    case SQLITE_NOTADB:
      throw DamageError{path + ": is not an SQLite file, so not a ledger: " + native(error)};
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:  // our SQL does not change: the file has another format or other tables
      throw DamageError{text};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Failure{ExitCode::owned, path + ": cannot " + operation + ": another process has the ledger open",
                    "tranche status"};
    case SQLITE_READONLY:
      throw DbError{text, "check that you may write to the file and its directory"};
    case SQLITE_FULL:
      throw DbError{text, no_room};
    default:
      throw DbError{text, system_error == EDQUOT || system_error == ENOSPC ? no_room : ""};
  }
}

Connection::Connection(const std::string& path, Owner owner, std::chrono::milliseconds wait)
    : path_{path},
      nonce_{std::move(owner.nonce)},
      db_{open_file(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, wait)} {
  ensure(!nonce_.empty(), "the ledger's owner has a nonce");
  read("open", [&] {
    prepare_for_writing(wait);
    SQLite::Transaction transaction{db_, SQLite::TransactionBehavior::EXCLUSIVE};
    migrate(db_, path_);
    sums_.load(db_);
    take_over();
    sums_.bring_up_to_date(db_);
    transaction.commit();
    sums_.keep();
    expected_counter_ = change_counter();
  });
}

Connection::Connection(const std::string& path, Reader, std::chrono::milliseconds wait)
    : path_{path}, db_{open_file(path, SQLite::OPEN_READWRITE, wait)} {
  read("read", [&] {
    db_.exec(sql::reader_settings);
    require_current(db_, path_);
  });
}

int Connection::system_error() const {
  return sqlite3_system_errno(db_.getHandle());
}

Connection::~Connection() {
  if (nonce_.empty()) return;
  try {
    // Behind a lock that does not work, or after a takeover, the journal is already another owner's.
    if (change_counter() == expected_counter_ && !moved()) db_.tryExec(sql::drop_journal);
  } catch (const SQLite::Exception&) {  // the journal stays; it is empty and does no harm
  }
}

/// Nothing of a file that is not ours is changed: it is recognised before any setting that writes.
void Connection::prepare_for_writing(std::chrono::milliseconds wait) {
  db_.exec(sql::lock_exclusively);
  require_ledger_or_new(db_, path_);
  if (sqlite3_db_readonly(db_.getHandle(), "main") == 1)
    throw DbError{path_ + ": cannot open for writing: no write permission"};
  const std::string mode = db_.execAndGet(sql::keep_journal).getString();
  if (mode != "persist") throw DbError{path_ + ": cannot leave journal mode " + mode};
  db_.exec(sql::writer_settings);
  db_.setBusyTimeout(milliseconds(wait));
}

void Connection::take_over() {
  SQLite::Statement owner{db_, sql::set_fact};
  owner.bind(1, "owner");
  owner.bindNoCopy(2, nonce_);
  owner.exec();
  db_.exec(sql::bury_jobs);
}

void Connection::fence() {
  ensure(!nonce_.empty(), "a ledger opened to read is not written to");
  SQLite::Statement owner{db_, sql::get_fact};
  owner.bind(1, "owner");
  const bool ours = owner.executeStep() && owner.getColumn(0).getString() == nonce_;
  // The page cache of an exclusive connection would not show another writer; the file's counter does.
  if (ours && change_counter() == expected_counter_ && !moved()) return;
  throw Failure{ExitCode::owned, path_ + ": another run has taken the ledger over; nothing was recorded",
                "tranche status"};
}

bool Connection::moved() {
  int answer = 0;
  const int code = sqlite3_file_control(db_.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &answer);
  if (code != SQLITE_OK) throw SQLite::Exception{"asking for the file's name failed", code};
  return answer != 0;
}

std::uint32_t Connection::change_counter() {
  constexpr sqlite3_int64 offset_in_header = 24;
  sqlite3_file* file = nullptr;
  std::array<unsigned char, 4> bytes{};
  int code = sqlite3_file_control(db_.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK)
    code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), offset_in_header);
  if (code != SQLITE_OK) throw SQLite::Exception{"reading the file's change counter failed", code};
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

}  // namespace tranche::ledger
