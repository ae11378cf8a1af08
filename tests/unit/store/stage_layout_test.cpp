#include "tranche/store/stage_layout.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "columns.hpp"
#include "foreign.hpp"
#include "store_fixture.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::store;

TEST_CASE("a stage file is called after its revision and stage") {
  StageLayout layout = test::small_layout();
  layout.key = {12, 3};
  CHECK(layout.file_name() == "r12.s3.h5");
}

TEST_CASE("the layout of format 1 is the golden one; a change needs a new format number") {
  const test::TemporaryFolder directory;
  create_stage_file(directory.str(), test::small_layout(), test::describe_small);
  std::ifstream file{TRANCHE_TEST_SCRIPTS "/golden/stage_file.v1.txt"};
  std::stringstream golden;
  golden << file.rdbuf();
  CHECK(test::run_python("describe_file.py", directory / "store" / "r1.s1.h5") == golden.str());
  CHECK(format_version == 1);
}

TEST_CASE("an axis or output with a name of the format is refused") {
  campaign::CampaignSpec spec = test::small_spec();
  spec.outputs[0].name = "state";
  CHECK(is_reserved_name("state"));
  CHECK_FALSE(is_reserved_name("sed"));
  CHECK_THROWS_AS(columns_of(spec), ContractError);
}

TEST_CASE("an output may not be called like an axis") {
  campaign::CampaignSpec spec = test::small_spec();
  spec.outputs[0].name = "nu";
  CHECK_THROWS_AS(columns_of(spec), ContractError);
}

TEST_CASE("row sizes follow type and shape") {
  const std::vector<Column> columns = columns_of(test::small_spec());
  const auto bytes = [&](const std::string& path) {
    for (const Column& column : columns)
      if (column.path == path) return column.row_bytes();
    return std::size_t{0};
  };
  CHECK(bytes("sed") == 20);
  CHECK(bytes("flux") == 8);
  CHECK(bytes("parameters") == 16);
  CHECK(bytes("revision") == 2);
  CHECK(bytes("meta/residual") == 8);
}
