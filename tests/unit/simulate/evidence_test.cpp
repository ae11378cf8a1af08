#include "tranche/simulate/evidence.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "keep_evidence.hpp"
#include "run_folder.hpp"
#include "support/temporary_folder.hpp"
#include "system.hpp"

using namespace tranche;
using namespace tranche::simulate;
namespace fs = std::filesystem;

namespace {

struct Slot {
  Slot() {
    fs::create_directories(scratch / "slot-0");
    for (auto* fd : {&out, &err})
      fd->reset(::open((scratch / "captured").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    REQUIRE(::write(out.get(), "said\n", 5) == 5);
  }
  /// A run that has failed and left `text` in `file`.
  RunId fail(SampleIndex index, const std::string& file, const std::string& text) const {
    const RunFolder run{(scratch / "slot-0/run").string()};
    run.make();
    run.write(file, text);
    TaskEntry task;
    task.index = index;
    keep_evidence((scratch / "slot-0").string(), task, out.get(), err.get());
    return {1, index, 0};
  }
  test::TemporaryFolder scratch;
  FileDescriptor out;
  FileDescriptor err;
};

std::string text_of(const fs::path& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("what a failed run left reaches the campaign, and leaves the scratch") {
  const Slot slot;
  const test::TemporaryFolder campaign;
  const auto run = slot.fail(7, "deep/deck.in", "x = 1\n");
  CHECK_FALSE(fs::exists(slot.scratch / "slot-0/run"));
  REQUIRE(collect_evidence(slot.scratch.path(), run, "exit_3", campaign / "failed"));
  CHECK(text_of(campaign / "failed/exit_3/r1-7-0/deep/deck.in") == "x = 1\n");
  CHECK(text_of(campaign / "failed/exit_3/r1-7-0/stdout.txt") == "said\n");
  CHECK_FALSE(fs::exists(evidence_path(slot.scratch.path(), run)));
  CHECK_FALSE(collect_evidence(slot.scratch.path(), run, "exit_3", campaign / "failed"));
}

TEST_CASE("only so many runs of a reason are kept, and only so much of each") {
  const Slot slot;
  const test::TemporaryFolder campaign;
  const EvidenceLimits limits{2, 1000};
  for (SampleIndex index = 0; index < 4; ++index) {
    const auto run = slot.fail(index, "big", std::string(index == 1 ? 5000 : 500, 'x'));
    CHECK(collect_evidence(slot.scratch.path(), run, "a", campaign.path(), limits) == (index < 2));
    CHECK_FALSE(fs::exists(evidence_path(slot.scratch.path(), run)));
  }
  CHECK(fs::exists(campaign / "a/r1-0-0/big"));
  CHECK_FALSE(fs::exists(campaign / "a/r1-1-0/big"));
  CHECK(text_of(campaign / "a/r1-1-0/left_out.txt") == "big (5000 bytes)\n");
}

TEST_CASE("runs without a directory leave texts; empty ones are no files; marks cut what was said before") {
  const Slot slot;
  REQUIRE(::write(slot.err.get(), "later", 5) == 5);
  TaskEntry task;
  task.index = 3;
  keep_texts((slot.scratch / "slot-0").string(), task,
             {{"answer.txt", ""}, {"stderr.txt", tail_of(slot.err.get(), 100, 5)}});
  const test::TemporaryFolder place;
  REQUIRE(move_evidence(slot.scratch.path(), {1, 3, 0}, place / "tried/sample-3"));
  CHECK(text_of(place / "tried/sample-3/stderr.txt") == "later");
  CHECK_FALSE(fs::exists(place / "tried/sample-3/answer.txt"));
  CHECK_FALSE(move_evidence(slot.scratch.path(), {1, 3, 0}, place / "tried/sample-3"));
  CHECK(tail_of(slot.err.get(), 100, 1000).empty());
}

TEST_CASE("evidence has its name when it is whole, and only if nobody else has the campaign") {
  const Slot slot;
  const test::TemporaryFolder campaign;
  const auto run = slot.fail(7, "deck.in", "x = 1\n");
  const auto place = evidence_place(campaign / "failed", run, "exit_3");
  const auto other = [&](const fs::path& unnamed) {
    CHECK_FALSE(fs::exists(place));
    CHECK(text_of(unnamed / "deck.in") == "x = 1\n");
    return false;
  };
  CHECK_FALSE(collect_evidence(slot.scratch.path(), run, "exit_3", campaign / "failed", {}, other));
  CHECK(fs::is_empty(place.parent_path()));
  fs::create_directories(place.string() + ".new");
  remove_unfinished_evidence(campaign / "failed");
  CHECK(fs::is_empty(place.parent_path()));
}

TEST_CASE("a scratch that cannot be written says which file, and why") {
  const test::TemporaryFolder folder;
  const RunFolder run{folder.str() + "/run"};
  run.make();
  ::symlink("/dev/full", (folder / "run/full").c_str());
  CHECK_THROWS_WITH(run.write("full", "text"), Catch::Contains("run/full: File exists"));
  CHECK_THROWS_WITH(RunFolder{"/no/such/place/run"}.make(),
                    "make /no/such/place/run: No such file or directory");
  run.write("a/b/c", "text");
  run.make();
  CHECK(fs::is_empty(run.path()));
  run.remove();
  CHECK_FALSE(fs::exists(run.path()));
}
