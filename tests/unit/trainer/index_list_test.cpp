#include "index_list.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/temporary_folder.hpp"

using namespace tranche;
using namespace tranche::trainer;

using List = std::vector<SampleIndex>;

TEST_CASE("a list of samples comes back as it was written, for what it was written for") {
  const test::TemporaryFolder folder;
  const auto path = folder / "samples.bin";
  CHECK_FALSE(read_index_list(path, "these"));
  const List list{0, 7, 1'000'000'000'000};
  write_index_list(path, "these", list);
  CHECK(read_index_list(path, "these") == list);
  CHECK_FALSE(read_index_list(path, "others"));
  write_index_list(path, "none", {});
  CHECK(read_index_list(path, "none") == List{});
}

TEST_CASE("a list that was cut short is none") {
  const test::TemporaryFolder folder;
  const auto path = folder / "samples.bin";
  write_index_list(path, "these", {1, 2, 3});
  const auto whole = std::filesystem::file_size(path);
  for (const auto bytes : {whole - 1, whole - 8, whole - 25, std::uintmax_t{3}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(path, bytes);
    CHECK_FALSE(read_index_list(path, "these"));
  }
}

TEST_CASE("the first list stays") {
  const test::TemporaryFolder folder;
  const auto path = folder / "hold_out.bin";
  CHECK(first_index_list(path, "10 %", {1, 2}) == List{1, 2});
  CHECK(first_index_list(path, "10 %", {1, 2, 3}) == List{1, 2});
  CHECK(first_index_list(path, "20 %", {1, 2, 3}) == List{1, 2, 3});
}

TEST_CASE("an empty list is not the first") {
  const test::TemporaryFolder folder;
  const auto path = folder / "hold_out.bin";
  CHECK(first_index_list(path, "10 %", {}) == List{});
  CHECK_FALSE(std::filesystem::exists(path));
  write_index_list(path, "10 %", {});
  CHECK(first_index_list(path, "10 %", {1, 2}) == List{1, 2});
}

TEST_CASE("what two lists share") {
  CHECK(common({1, 3, 5}, {1, 2, 3, 4}) == List{1, 3});
  CHECK(common({}, {1}) == List{});
}
