#include <catch2/catch.hpp>

#include "store_fixture.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/store/stage_file.hpp"
#include "tranche/store/stage_reader.hpp"

using namespace tranche;
using namespace tranche::store;

namespace {

std::vector<std::uint8_t> states_of(const std::string& directory, const StageLayout& layout) {
  std::vector<std::uint8_t> states(layout.range.size());
  StageReader::open(directory, layout).read_states(layout.range, states);
  return states;
}

std::vector<double> flux_of(const std::string& directory, const StageLayout& layout) {
  std::vector<double> flux(layout.range.size());
  StageReader::open(directory, layout).read_output(1, layout.range, std::as_writable_bytes(std::span{flux}));
  return flux;
}

/// Writes rows and marks them ok, as an epoch of one rank does.
void write_epoch(const std::string& directory, const StageLayout& layout,
                 const std::vector<SampleIndex>& indices) {
  StageFile file = StageFile::open(MPI_COMM_SELF, directory, layout);
  file.write_rows(test::SmallRows{indices}.tiles());
  file.flush();
  file.write_states(test::ok_states(indices));
  file.close();
}

}  // namespace

TEST_CASE("states are rewritten from the ledger, excluded rows stay, rows not named become pending") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  write_epoch(directory.str(), layout, {1, 2, 3});
  rewrite_states(directory.str(), layout,
                 test::pages_of({{2, SampleState::ok, 22}, {5, SampleState::crashed, 0}}), NotOkRows::keep);
  const auto states = states_of(directory.str(), layout);
  CHECK(int{states[1]} == 0);
  CHECK(int{states[2]} == 1);
  CHECK(int{states[5]} == 4);
  CHECK(int{states[7]} == 6);
  std::vector<std::uint64_t> checksums(100);
  StageReader::open(directory.str(), layout).read_checksums(layout.range, checksums);
  CHECK(checksums[2] == 22);
  CHECK(checksums[1] == 0);
  CHECK(flux_of(directory.str(), layout)[1] == test::flux_value(1));
}

TEST_CASE("sealing erases the rows that are not ok") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  write_epoch(directory.str(), layout, {1, 2, 3, 98, 99});
  rewrite_states(directory.str(), layout,
                 test::pages_of({{2, SampleState::ok, 22}, {98, SampleState::timeout, 0}}), NotOkRows::erase);
  const auto flux = flux_of(directory.str(), layout);
  CHECK(flux[2] == test::flux_value(2));
  for (const std::size_t erased : {1, 3, 98, 99}) CHECK(std::isnan(flux[erased]));
  std::vector<double> meta(100);
  StageReader::open(directory.str(), layout).read_meta(0, layout.range, meta);
  CHECK(meta[2] == test::meta_value(2, 0));
  CHECK(std::isnan(meta[3]));
}

TEST_CASE("a rewrite that has lost the campaign changes neither states nor rows") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  write_epoch(directory.str(), layout, {1, 2, 3});
  const auto before = states_of(directory.str(), layout);
  const Fence lost = [] { throw Failure{ExitCode::owned, "taken over", ""}; };
  for (const auto rows : {NotOkRows::keep, NotOkRows::erase})
    CHECK_THROWS_AS(
        rewrite_states(directory.str(), layout, test::pages_of({{2, SampleState::ok, 22}}), rows, lost),
        Failure);
  CHECK(states_of(directory.str(), layout) == before);
  CHECK(flux_of(directory.str(), layout)[1] == test::flux_value(1));
}
