#include "tranche/exchange/onnx.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/random_surrogate.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder}, {}));
}

}  // namespace

// What the models compute is judged by the checker and a runtime that others wrote:
// tests/integration/onnx_test.py.

TEST_CASE("The same surrogate is the same file, and replaces what was there") {
  const test::TemporaryFolder folder;
  const auto surrogate = test::make({});
  const auto one = folder.path() / "one.onnx";
  const auto two = folder.path() / "two.onnx";
  std::ofstream{two} << "something else";
  exchange::write_onnx(surrogate, one);
  exchange::write_onnx(surrogate, two);
  CHECK(content(one).size() > 4 * 200'000);
  CHECK(content(one) == content(two));
  CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("A model that cannot be written says why, and leaves nothing behind") {
  const test::TemporaryFolder folder;
  const auto surrogate = test::make({});
  CHECK_THROWS_WITH(exchange::write_onnx(surrogate, folder.path() / "none" / "model.onnx"),
                    Catch::Contains("none/model.onnx: No such file or directory"));
  fs::create_directory(folder.path() / "model.onnx");
  CHECK_THROWS_AS(exchange::write_onnx(surrogate, folder.path() / "model.onnx"), IoError);
  CHECK(files_in(folder.path()) == 1);
}
