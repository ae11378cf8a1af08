#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "store_fixture.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/store/stage_file.hpp"
#include "tranche/store/stage_reader.hpp"

using namespace tranche;
using namespace tranche::store;

namespace {

/// Final states as a ledger would have them.
using Recorded = std::map<SampleIndex, StateView>;

Recorded recorded_of(const std::vector<StateView>& rows) {
  Recorded recorded;
  for (const auto& row : rows) recorded[row.index] = row;
  return recorded;
}

std::uint64_t reconcile(const std::string& directory, const StageLayout& layout, const Recorded& recorded,
                        const Fence& fence = {}, Checksums checksums = Checksums::trust) {
  return reconcile_states(
      directory, layout,
      [&](SampleIndex from) -> std::optional<IndexRange> {
        auto at = recorded.lower_bound(from);
        if (at == recorded.end()) return std::nullopt;
        IndexRange run{at->first, at->first};
        for (; at != recorded.end() && at->first == run.end; ++at) ++run.end;
        return run;
      },
      [&](IndexRange rows) {
        std::vector<StateView> found;
        for (auto at = recorded.lower_bound(rows.begin); at != recorded.end() && at->first < rows.end; ++at)
          found.push_back(at->second);
        return found;
      },
      fence, checksums);
}

std::vector<int> states_of(const std::string& directory, const StageLayout& layout) {
  std::vector<std::uint8_t> states(layout.range.size());
  StageReader::open(directory, layout).read_states(layout.range, states);
  return {states.begin(), states.end()};
}

void mark(const std::string& directory, const StageLayout& layout, const std::vector<SampleIndex>& indices) {
  auto file = StageFile::open(MPI_COMM_SELF, directory, layout);
  file.write_states(test::ok_states(indices));
  file.close();
}

}  // namespace

TEST_CASE("a start takes back what was never committed and fills in what was") {
  const test::TemporaryFolder directory;
  const auto layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  mark(directory.str(), layout, {1, 2, 3, 50, 99});
  const auto recorded = recorded_of({{2, SampleState::ok, 22},
                                     {3, SampleState::ok, 33},
                                     {4, SampleState::crashed, 0},
                                     {51, SampleState::ok, 511},
                                     {98, SampleState::timeout, 0}});
  CHECK(reconcile(directory.str(), layout, recorded) == 6);

  const auto states = states_of(directory.str(), layout);
  std::vector<std::uint64_t> checksums(100);
  StageReader::open(directory.str(), layout).read_checksums(layout.range, checksums);
  for (SampleIndex index = 0; index < 100; ++index) {
    const auto found = recorded.find(index);
    const int expected = found != recorded.end() ? static_cast<int>(found->second.state)
                         : index == 7            ? static_cast<int>(SampleState::excluded)
                                                 : 0;
    INFO("row " << index);
    if (states[index] != static_cast<int>(SampleState::excluded)) CHECK(states[index] == expected);
  }
  CHECK(checksums[51] == 511);
  CHECK(checksums[1] == 0);
  CHECK(checksums[50] == 0);
  CHECK(reconcile(directory.str(), layout, recorded) == 0);
}

TEST_CASE("a start refuses a ledger that has run an excluded sample") {
  const test::TemporaryFolder directory;
  const auto layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  REQUIRE(states_of(directory.str(), layout)[7] == static_cast<int>(SampleState::excluded));
  CHECK_THROWS_AS(reconcile(directory.str(), layout, recorded_of({{7, SampleState::ok, 1}})), DamageError);
}

TEST_CASE("a start that has lost the campaign writes nothing more") {
  const test::TemporaryFolder directory;
  const auto layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  mark(directory.str(), layout, {1, 2});
  const auto before = states_of(directory.str(), layout);
  const Fence lost = [] { throw Failure{ExitCode::owned, "taken over", ""}; };
  CHECK_THROWS_AS(reconcile(directory.str(), layout, recorded_of({{2, SampleState::ok, 22}}), lost), Failure);
  CHECK(states_of(directory.str(), layout) == before);
  const auto agreeing = recorded_of({{1, SampleState::ok, 11}, {2, SampleState::ok, 22}});
  CHECK(reconcile(directory.str(), layout, agreeing, lost) == 0);  // nothing to write: not asked
}

TEST_CASE("after a power cut a row that is ok without its checksum gets it back") {
  const test::TemporaryFolder directory;
  const auto layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  auto file = StageFile::open(MPI_COMM_SELF, directory.str(), layout);
  file.write_states(std::vector<StateView>{{1, SampleState::ok, 11},
                                           {2, SampleState::ok, 0},
                                           {3, SampleState::failed, 0},
                                           {4, SampleState::ok, 0}});
  file.close();
  const auto recorded =
      recorded_of({{1, SampleState::ok, 11}, {2, SampleState::ok, 22}, {3, SampleState::failed, 0}});
  CHECK(reconcile(directory.str(), layout, recorded, {}, Checksums::check) == 2);
  const auto states = states_of(directory.str(), layout);
  CHECK(std::vector<int>{states.begin() + 1, states.begin() + 4} == std::vector<int>{1, 1, 2});
  std::vector<std::uint64_t> checksums(100);
  StageReader::open(directory.str(), layout).read_checksums(layout.range, checksums);
  CHECK(checksums[1] == 11);
  CHECK(checksums[2] == 22);
  CHECK(checksums[3] == 0);
  CHECK(states[4] == 0);
}
