/// \file
/// The corpus of the fuzzers, every crash of the past included, through the readers as they are now.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "targets.hpp"

using namespace tranche;

namespace {

constexpr long most_resident_kb = 1 << 20;

std::vector<std::uint8_t> read(const std::filesystem::path& path) {
  std::ifstream stream{path, std::ios::binary};
  REQUIRE(stream);
  return {std::istreambuf_iterator<char>{stream}, {}};
}

long resident_kb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// In an exact-size heap block: a sanitizer sees a read beyond its end.
void replay(const char* name, void (*target)(fuzz::Bytes)) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{std::filesystem::path{FUZZ_CORPUS} / name}) {
    const auto bytes = read(entry.path());
    INFO(entry.path());
    CHECK_NOTHROW(target(bytes));
    CHECK(resident_kb() < most_resident_kb);
    ++files;
  }
  CHECK(files >= 10);
}

}  // namespace

TEST_CASE("messages of the corpus are decoded or refused") {
  replay("wire", fuzz::wire);
}
TEST_CASE("campaigns of the corpus are read or refused with problems") {
  replay("campaign", fuzz::campaign);
}
TEST_CASE("lists of the corpus are read or refused with problems") {
  replay("list", fuzz::list);
}
TEST_CASE("locks of the corpus are read or called damaged") {
  replay("lock", fuzz::lock);
}
TEST_CASE("answers of workers of the corpus are read or refused") {
  replay("worker", fuzz::worker);
}
TEST_CASE("directory files of the corpus are read or refused") {
  replay("directory", fuzz::directory);
}
