#include "tranche/directory/files.hpp"

#include <signal.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "child.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::directory;

TEST_CASE("A folder without campaign.yaml is no campaign", "[directory]") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(find_campaign(folder.path()), ConfigError);
  std::ofstream{folder.path() / "campaign.yaml"} << "tranche: 1\n";
  CHECK(find_campaign(folder.path()).root().is_absolute());
  CHECK(find_campaign(folder.path() / "").root() == find_campaign(folder.path()).root());
}

TEST_CASE("A missing file is nothing, an unreadable one is an error", "[directory]") {
  const test::TemporaryFolder folder;
  CHECK_FALSE(read_file(folder.path() / "absent"));
  CHECK_THROWS_AS(read_file(folder.path()), IoError);
}

TEST_CASE("A failed write leaves the old text and no temporary file", "[directory]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "status.json";
  write_atomically(path, "old", Durability::fsynced);
  std::filesystem::create_directory(folder.path() / "busy");
  std::filesystem::create_directory(folder.path() / "busy/inside");
  CHECK_THROWS_AS(write_atomically(folder.path() / "busy", "new", Durability::rename_only), IoError);
  CHECK(read_file(path) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 2);
}

TEST_CASE("Readers never see half of an atomic write, whenever its writer is killed", "[directory]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "status.json";
  const std::string a(200'000, 'a');
  const std::string b(200'000, 'b');
  write_atomically(path, a, Durability::rename_only);
  for (int round = 0; round < 20; ++round) {
    const auto writer = test::start_child([&]() -> int {
      while (true) {
        write_atomically(path, b, Durability::rename_only);
        write_atomically(path, a, Durability::rename_only);
      }
    });
    for (int look = 0; look < 50 + 7 * round; ++look) {
      const auto text = read_file(path);
      REQUIRE(text);
      REQUIRE((*text == a || *text == b));
    }
    ::kill(writer, SIGKILL);
    CHECK(test::wait_for(writer) == 128 + SIGKILL);
    const auto text = read_file(path);
    REQUIRE((text == a || text == b));
  }
}

TEST_CASE("Making a folder twice is no error, over a file it is one", "[directory]") {
  const test::TemporaryFolder folder;
  make_folder(folder.path() / "inbox");
  make_folder(folder.path() / "inbox");
  write_atomically(folder.path() / "file", "", Durability::rename_only);
  CHECK_THROWS_AS(make_folder(folder.path() / "file"), IoError);
}

TEST_CASE("Nonces differ, and this machine has a name and a boot", "[directory]") {
  CHECK(new_nonce().size() == 32);
  CHECK(new_nonce() != new_nonce());
  CHECK_FALSE(host_name().empty());
  CHECK(boot_id().size() == 36);
}
