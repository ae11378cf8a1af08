#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "support.hpp"

using namespace tranche;
using namespace tranche::ledger;
using namespace tranche::ledger::test;

namespace {

std::string read_text(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream{path, std::ios::binary} << text;
}

std::string dump_schema(const std::string& path) {
  Raw raw{path};
  return "-- application_id " + raw.ask("PRAGMA application_id") + ", user_version " +
         raw.ask("PRAGMA user_version") + "\n" +
         raw.ask("SELECT sql || ';' FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid") + "\n";
}

}  // namespace

TEST_CASE("The schema of a version never changes", "[ledger]") {
  const Folder folder;
  { auto ledger = Ledger::open(folder.file(), "n"); }
  const std::string version = std::to_string(format_version);
  // If this fails, write a migration and a new golden file; do not touch the old one.
  CHECK(dump_schema(folder.file()) == read_text(TRANCHE_LEDGER_GOLDEN "/schema_v" + version + ".sql"));
}

TEST_CASE("A ledger opens again with what it had", "[ledger]") {
  const Folder folder;
  {
    auto ledger = Ledger::open(folder.file(), "first");
    ledger.set_fact("seed", "20240221");
    CHECK(ledger.fact("owner") == "first");
  }
  const std::string schema = dump_schema(folder.file());
  {
    auto ledger = Ledger::open(folder.file(), "second");
    CHECK(ledger.fact("seed") == "20240221");
    CHECK(ledger.fact("owner") == "second");
    CHECK_FALSE(ledger.fact("unknown").has_value());
  }
  CHECK(dump_schema(folder.file()) == schema);
  CHECK(Ledger::open_to_read(folder.file()).fact("seed") == "20240221");
}

TEST_CASE("No journal is left behind by an orderly end", "[ledger]") {
  const Folder folder;
  { Ledger::open(folder.file(), "n").set_fact("a", "b"); }
  CHECK_FALSE(std::filesystem::exists(folder.file("ledger.sqlite-journal")));
}

TEST_CASE("A newer format is refused with file and version", "[ledger]") {
  const Folder folder;
  { auto ledger = Ledger::open(folder.file(), "n"); }
  Raw{folder.file()}.run("PRAGMA user_version=7");
  const auto open = [&] { Ledger::open(folder.file(), "n"); };
  const auto open_to_read = [&] { Ledger::open_to_read(folder.file()); };
  CHECK(failure_of(open) == ExitCode::usage);
  CHECK(failure_of(open_to_read) == ExitCode::usage);
  CHECK_THAT(message_of(open), Catch::Contains(folder.file()) && Catch::Contains("format 7"));
}

TEST_CASE("An older format is not read before it was migrated", "[ledger]") {
  const Folder folder;
  { auto ledger = Ledger::open(folder.file(), "n"); }
  Raw{folder.file()}.run("PRAGMA user_version=0");
  CHECK(failure_of([&] { Ledger::open_to_read(folder.file()); }) == ExitCode::usage);
}

TEST_CASE("A foreign SQLite file is refused and stays byte for byte", "[ledger]") {
  const Folder folder;
  const std::string journal_mode = GENERATE("DELETE", "WAL");
  Raw{folder.file()}.run("PRAGMA journal_mode=" + journal_mode +
                         "; CREATE TABLE mine(x); INSERT INTO mine VALUES(1)");
  const std::string before = read_text(folder.file());
  const auto open = [&] { Ledger::open(folder.file(), "n"); };
  CHECK(failure_of(open) == ExitCode::usage);
  CHECK_THAT(message_of(open), Catch::Contains("not a ledger"));
  CHECK(failure_of([&] { Ledger::open_to_read(folder.file()); }) == ExitCode::usage);
  CHECK(read_text(folder.file()) == before);
}

TEST_CASE("A file that is not SQLite is refused and stays byte for byte", "[ledger]") {
  const Folder folder;
  const std::string text(5000, 'x');
  write_text(folder.file(), text);
  const auto open = [&] { Ledger::open(folder.file(), "n"); };
  CHECK(failure_of(open) == ExitCode::damaged);
  CHECK(failure_of([&] { Ledger::open_to_read(folder.file()); }) == ExitCode::damaged);
  CHECK_THAT(message_of(open), Catch::Contains(folder.file()) && Catch::Contains("not an SQLite file"));
  CHECK(read_text(folder.file()) == text);
}

TEST_CASE("Reading never creates a file", "[ledger]") {
  const Folder folder;
  CHECK(failure_of([&] { Ledger::open_to_read(folder.file()); }) == ExitCode::environment);
  CHECK_FALSE(std::filesystem::exists(folder.file()));
  write_text(folder.file(), "");
  CHECK(failure_of([&] { Ledger::open_to_read(folder.file()); }) == ExitCode::usage);
}

TEST_CASE("An empty file, left by a death at creation, becomes a ledger", "[ledger]") {
  const Folder folder;
  write_text(folder.file(), "");
  CHECK(Ledger::open(folder.file(), "n").check().empty());
}

TEST_CASE("A missing folder is an error of the environment", "[ledger]") {
  const Folder folder;
  CHECK(failure_of([&] { Ledger::open(folder.file("none/ledger.sqlite"), "n"); }) == ExitCode::environment);
}

TEST_CASE("A ledger that somebody turned to WAL comes back to a rollback journal", "[ledger]") {
  const Folder folder;
  { Ledger::open(folder.file(), "n").set_fact("a", "b"); }
  Raw{folder.file()}.run("PRAGMA journal_mode=WAL");
  { CHECK(Ledger::open(folder.file(), "n").fact("a") == "b"); }
  CHECK(Raw{folder.file()}.ask("PRAGMA journal_mode") == "delete");
}
