// The first campaign.yaml of a Python function.
#include "init_python.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/config/campaign_file.hpp"

using namespace tranche;

namespace {

std::vector<std::string> parameters_of(const cli::PythonStart& start) {
  std::vector<std::string> names;
  for (const auto& parameter : config::parse_campaign({start.campaign, "campaign.yaml", "."}).parameters)
    names.push_back(parameter.name);
  return names;
}

}  // namespace

TEST_CASE("without a file there is an example, under the wanted names") {
  const test::TemporaryFolder folder;
  const auto start = cli::start_with_python("wave:swing", folder.path());
  CHECK(start.file == "wave.py");
  CHECK_THAT(start.source, Catch::Contains("def swing("));
  CHECK(parameters_of(start) == std::vector<std::string>{"frequency", "damping"});
}

TEST_CASE("the arguments of a function of one's own become the parameters") {
  const test::TemporaryFolder folder;
  std::ofstream{folder.path() / "model.py"} << R"(
def other(a): pass
def spectrum(B: float,  # gauss, (really)
             R, *, n: "dict[str, int]", accuracy=(1, 2), seed, rng,
             **rest):
    pass
def spectrum_of(x): pass
)";
  const auto start = cli::start_with_python("model:spectrum", folder.path());
  CHECK(parameters_of(start) == std::vector<std::string>{"B", "R", "n"});
  CHECK_THAT(start.campaign, Catch::Contains("python: model:spectrum"));
}

TEST_CASE("a name that the file does not have is recognised, and so is what is no function") {
  const test::TemporaryFolder folder;
  std::ofstream{folder.path() / "model.py"} << "def spectrum(B): pass\n";
  CHECK_THROWS_WITH(cli::start_with_python("model:spectrom", folder.path()),
                    Catch::Contains("did you mean `spectrum`?"));
  CHECK_THROWS_WITH(cli::start_with_python("model.py", folder.path()),
                    Catch::Contains("does not name a Python function"));
}
