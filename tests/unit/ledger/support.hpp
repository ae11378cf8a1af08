/// \file
/// What the ledger's tests share: a folder of their own, raw SQLite, and builders for runs and epochs.
#pragma once

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::ledger::test {

/// What happens at the ledger's failpoint `mid-commit`: all rows inserted, nothing committed. Empty: nothing.
std::function<void()>& at_mid_commit();

/// A folder with a ledger in it.
class Folder : public tranche::test::TemporaryFolder {
 public:
  std::string file(const std::string& name = "ledger.sqlite") const { return (path() / name).string(); }
};

/// SQLite without the ledger in between.
class Raw {
 public:
  explicit Raw(const std::string& path, const char* vfs = nullptr) {
    if (sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs) != SQLITE_OK)
      throw std::runtime_error{"cannot open " + path};
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() { sqlite3_close(db_); }

  void run(const std::string& sql) {
    char* message = nullptr;
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return;
    const std::string text = message != nullptr ? message : "";
    sqlite3_free(message);
    throw std::runtime_error{sql + ": " + text};
  }
  /// All rows, columns joined by '|', rows by '\n'. NULL is empty.
  std::string ask(const std::string& sql) {
    std::string text;
    const auto add_row = [](void* out, int columns, char** values, char**) {
      auto& all = *static_cast<std::string*>(out);
      if (!all.empty()) all += '\n';
      for (int column = 0; column < columns; ++column) {
        if (column > 0) all += '|';
        if (values[column] != nullptr) all += values[column];
      }
      return 0;
    };
    char* message = nullptr;
    if (sqlite3_exec(db_, sql.c_str(), add_row, &text, &message) == SQLITE_OK) return text;
    const std::string problem = message != nullptr ? message : "";
    sqlite3_free(message);
    throw std::runtime_error{sql + ": " + problem};
  }

 private:
  sqlite3* db_ = nullptr;
};

inline StageRow make_stage(StageKey key, IndexRange range, std::string name = "pilot") {
  StageRow stage;
  stage.key = key;
  stage.name = std::move(name);
  stage.range = range;
  return stage;
}

inline RunRecord ok_run(SampleIndex index, std::uint8_t attempt = 0, std::uint16_t revision = 1) {
  RunRecord run;
  run.id = RunId{revision, index, attempt};
  run.state = SampleState::ok;
  run.slot = static_cast<std::uint16_t>(index % 4);
  run.wall_s = 1.5;
  run.cpu_s = 1.25;
  run.max_rss_kb = 2048;
  run.started_at = 1.7e9 + static_cast<double>(index);
  run.checksum = 0xfedcba9876543210u ^ index;
  return run;
}

enum class Ending { final, retried };

inline RunRecord failed_run(SampleIndex index, std::uint8_t attempt, SampleState state, std::string reason,
                            Ending ending = Ending::final) {
  RunRecord run = ok_run(index, attempt);
  run.state = state;
  run.checksum = 0;
  run.reason = std::move(reason);
  run.message = "sample " + std::to_string(index) + " went wrong";
  run.final = ending == Ending::final;
  return run;
}

inline void commit(Ledger& ledger, std::uint64_t epoch, std::vector<RunRecord> runs, StageKey stage = {},
                   const std::string& host = "node1") {
  const std::vector<AgentRuns> agents{{host, std::move(runs)}};
  EpochCommit epoch_commit;
  epoch_commit.stage = stage;
  epoch_commit.epoch = epoch;
  epoch_commit.at = 1.7e9 + static_cast<double>(epoch);
  epoch_commit.agents = agents;
  ledger.commit_epoch(epoch_commit);
}

/// Exit code of the Failure that `work` ends in; ExitCode::done if it does not.
template <class Work>
ExitCode failure_of(Work&& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return ExitCode::done;
}

template <class Work>
std::string message_of(Work&& work) {
  try {
    work();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace tranche::ledger::test
