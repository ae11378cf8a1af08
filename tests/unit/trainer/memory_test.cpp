#include "memory.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "support/temporary_folder.hpp"

using namespace tranche;
using namespace tranche::trainer;

namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream{path} << text << '\n';
}

std::optional<std::uint64_t> limit(const std::filesystem::path& root, const std::string& membership) {
  std::istringstream lines{membership};
  return memory_limit(root, lines);
}

}  // namespace

TEST_CASE("the tightest memory limit of the control groups holds") {
  const test::TemporaryFolder folder;
  const std::filesystem::path root = folder / "groups";
  CHECK_FALSE(limit(root, "0::/job/step\n"));
  write(root / "job/step/memory.max", "max");
  CHECK_FALSE(limit(root, "0::/job/step\n"));
  write(root / "job/memory.max", "8000000000");
  CHECK(limit(root, "0::/job/step\n") == 8'000'000'000);
  write(root / "memory/slurm/memory.limit_in_bytes", "3000000000");
  CHECK(limit(root, "5:cpu,cpuacct:/slurm\n4:memory:/slurm/gone\n0::/job/step\n") == 3'000'000'000);
}

TEST_CASE("a trial takes its share of the memory") {
  CHECK(memory_budget(1) > 0);
  CHECK(memory_budget(1) <= memory_budget(1'000'000));
  CHECK(memory_budget(1'000'000) <= 4'000'000'000);
}
