// Who is silent, from counters in a file that all ranks share.
#include <catch2/catch.hpp>
#include <fstream>

#include "signs_file.hpp"
#include "signs_of_life.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/directory/outcome.hpp"

using namespace tranche::daemon;
using tranche::directory::signs_path;
using tranche::test::TemporaryFolder;
using Counters = std::vector<std::uint64_t>;

TEST_CASE("nobody is silent before the limit, and then whoever was last seen first") {
  SignsOfLife signs{3, 100};
  CHECK_FALSE(signs.longest(160, 60));
  signs.saw(0, 1, 110);
  signs.saw(2, 1, 105);
  const auto silence = signs.longest(161, 60);
  REQUIRE(silence);
  CHECK(silence->partner == 1);
  CHECK(silence->for_s == 61);
}

TEST_CASE("a counter that does not move is no sign of life") {
  SignsOfLife signs{1, 0};
  signs.saw(0, 7, 10);
  signs.saw(0, 7, 60);
  REQUIRE(signs.longest(71, 60));
  CHECK(signs.longest(71, 60)->for_s == 61);
  signs.saw(0, 8, 72);
  CHECK_FALSE(signs.longest(130, 60));
}

TEST_CASE("time in which the watcher was away is forgiven, but never taken back") {
  SignsOfLife signs{2, 0};
  signs.saw(0, 1, 50);
  signs.forgive(40);
  REQUIRE(signs.longest(101, 60));
  CHECK(signs.longest(101, 60)->partner == 1);
  CHECK(signs.longest(101, 60)->for_s == 61);
  CHECK_FALSE(signs.longest(105, 60).value_or(SignsOfLife::Silence{0, 0}).partner == 0);
  signs.forgive(100);
  CHECK_FALSE(signs.longest(160, 60));
}

TEST_CASE("each rank reads what the others wrote, as far as the file goes") {
  const TemporaryFolder folder;
  const auto path = signs_path(folder.path() / "outcome-1.json");
  const SignsFile file{path};
  CHECK_FALSE(file.write(0, 1));
  CHECK(file.read(0, 2).empty());
  file.make(3);
  CHECK(file.read(0, 3) == Counters{0, 0, 0});
  CHECK(file.write(2, 5));
  CHECK(file.write(0, 9));
  CHECK(file.write(2, 6));
  CHECK(file.read(1, 2) == Counters{0, 6});
  CHECK(file.read(0, 1) == Counters{9});
  CHECK(file.read(2, 4) == Counters{6});
}

TEST_CASE("files of dead runs go, other files stay") {
  const TemporaryFolder folder;
  const SignsFile mine{signs_path(folder.path() / "outcome-1.json")};
  const SignsFile old{signs_path(folder.path() / "outcome-2.json")};
  mine.make(1);
  old.make(1);
  std::ofstream{folder.path() / "simulator.log"} << "words\n";
  for (const char* outcome : {"outcome-3.json", "outcome-4.json"})
    std::ofstream{folder.path() / outcome} << "{}";
  std::filesystem::last_write_time(folder.path() / "outcome-3.json",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours{2});
  mine.remove_others();
  CHECK_FALSE(std::filesystem::exists(folder.path() / "outcome-3.json"));
  CHECK(std::filesystem::exists(folder.path() / "outcome-4.json"));
  CHECK(mine.read(0, 1).size() == 1);
  CHECK(old.read(0, 1).empty());
  CHECK(std::filesystem::exists(folder.path() / "simulator.log"));
  mine.remove();
  CHECK(mine.read(0, 1).empty());
}
