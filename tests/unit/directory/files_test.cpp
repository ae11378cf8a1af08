#include "tranche/directory/files.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <vector>

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

TEST_CASE("Several processes may make one file", "[directory]") {
  const test::TemporaryFolder folder;
  for (int round = 0; round < 50; ++round) {
    const auto path = folder.path() / std::to_string(round);
    std::vector<pid_t> children;
    for (int k = 0; k < 4; ++k)
      children.push_back(test::start_child([&] {
        make_file(path);
        return 0;
      }));
    for (const auto child : children) CHECK(test::wait_for(child) == 0);
    CHECK(read_file(path) == "");
  }
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

TEST_CASE("A file made for a library has the mode of the umask and the group of its folder") {
  const test::TemporaryFolder folder;
  const gid_t other = 65'534;
  if (chown(folder.path().c_str(), static_cast<uid_t>(-1), other) != 0) {
    WARN("only root can give a folder away: group not tested");
  }
  struct stat of_folder {};
  REQUIRE(stat(folder.path().c_str(), &of_folder) == 0);
  const auto before = umask(002);
  const auto path = folder.path() / "ledger.sqlite";
  make_file(path);
  umask(before);
  struct stat made {};
  REQUIRE(stat(path.c_str(), &made) == 0);
  CHECK((made.st_mode & 0777) == 0664);
  CHECK(made.st_gid == of_folder.st_gid);

  write_atomically(path, "kept", Durability::rename_only);
  make_file(path);
  CHECK(read_file(path) == "kept");

  const auto foreign = folder.path() / "made-by-a-library";
  std::ofstream{foreign} << "x";
  follow_group(foreign);
  REQUIRE(stat(foreign.c_str(), &made) == 0);
  CHECK(made.st_gid == of_folder.st_gid);
}
