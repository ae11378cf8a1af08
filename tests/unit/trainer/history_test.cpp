#include "history.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "support/temporary_folder.hpp"

using namespace tranche;
using namespace tranche::trainer;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Check at_step(std::uint64_t step) {
  Check check;
  check.step = step;
  return check;
}

}  // namespace

TEST_CASE("a history is a line of JSON for each check") {
  Check check{100, 1.5, 0.25, 0.5, 0.75, 0.125, 0.0625, 8};
  CHECK(to_json_line(check) ==
        R"({"step":100,"epoch":1.5,"done":0.25,"loss":0.5,"check":0.75,"r2":0.125,"lr":0.0625,"cpu_s":8.0})");
}

TEST_CASE("a history loses what came after a checkpoint, and a line that was cut short") {
  const test::TemporaryFolder folder;
  const auto path = folder / "history.jsonl";
  cut_history(path, 0);
  CHECK_FALSE(std::filesystem::exists(path));
  for (const std::uint64_t step : {10u, 20u, 30u}) append_history(path, at_step(step));
  std::ofstream{path, std::ios::app} << "{\"step\":4";
  cut_history(path, 25);
  CHECK(text_of(path) == to_json_line(at_step(10)) + "\n" + to_json_line(at_step(20)) + "\n");
  cut_history(path, 0);
  CHECK(text_of(path).empty());
}
