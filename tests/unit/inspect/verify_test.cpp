#include "tranche/inspect/verify.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "h5.hpp"
#include "h5_attributes.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/base/checksum.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/campaign/row_codec.hpp"
#include "tranche/config/lock_file.hpp"
#include "tranche/store/stage_file.hpp"
#include "tranche/store/view_reader.hpp"

using namespace tranche;
using namespace tranche::inspect;
namespace fs = std::filesystem;
namespace h5 = tranche::store::h5;
using store::Element;

namespace {

constexpr const char* yaml = R"(tranche: 1
name: small
parameters:
  a: {range: [0, 1]}
  b: {range: [1, 10], scale: log}
derived:
  twice: {expr: "2*a"}
constraints: ["a < 0.9"]
design: {method: nested-lhs, points: 40, seed: 7}
stages:
  - {name: first, upto: 25%, gate: pass}
  - {name: all, upto: 100%}
simulator: {plugin: ./none.so}
axes:
  k: {linear: [0, 1], n: 3}
outputs:
  curve: {axes: [k], store: {dtype: float32}}
meta: [steps]
)";

/// A campaign as a run leaves it, made without a run. Every seventh sample fails.
class Campaign {
 public:
  Campaign() {
    std::ofstream{folder_.path() / "campaign.yaml"} << yaml;
    auto view = open();
    fs::create_directory(folder_.path() / "lock");
    config::write_lock(view.paths.lock(1), view.spec, view.plan,
                       {"c0ffee", 1, "ffeeddccbbaa99887766554433221100", {}});
  }

  CampaignView open() const { return open_campaign(directory::CampaignPaths{folder_.path()}); }
  fs::path path(const std::string& name) const { return folder_.path() / name; }
  std::string root() const { return folder_.path().string(); }

  void begin(std::uint8_t number) const {
    const auto view = open();
    const auto& stage = view.plan.stage(number);
    ledger::StageRow row;
    row.key = stage.key;
    row.name = stage.name;
    row.range = stage.range;
    row.state = ledger::StageState::running;
    row.tally.total = stage.range.size();
    row.tally.samples[static_cast<std::size_t>(SampleState::excluded)] =
        store::create_stage_file(root(), view.layout(stage.key), [&](SampleIndex index, std::span<double> x) {
          view.space.evaluate(index, x);
          return !view.space.feasible(x);
        });
    auto ledger = this->ledger();
    if (!ledger.fact("campaign_id")) ledger.set_fact("campaign_id", "c0ffee");
    ledger.add_stage(row);
  }

  void show(std::uint8_t stages) const {
    const auto view = open();
    std::vector<store::StageLayout> layouts;
    for (std::uint8_t k = 1; k <= stages; ++k) layouts.push_back(view.layout(view.plan.stage(k).key));
    store::rewrite_view(root(), layouts);
  }

  void compute(std::uint8_t number) const {
    const auto view = open();
    const auto& stage = view.plan.stage(number);
    const campaign::RowCodec codec{view.spec};
    std::vector<std::byte> row(codec.row_bytes());
    store::RowTiles rows{store::row_field_bytes(view.spec)};
    ledger::AgentRuns agent{"node1", {}};
    for (auto index = stage.range.begin; index < stage.range.end; ++index) {
      if (view.space.excluded(index)) continue;
      auto& run = agent.runs.emplace_back();
      run.id = RunId{1, index, 0};
      run.state = fails(index) ? SampleState::failed : SampleState::ok;
      run.wall_s = 1;
      if (fails(index)) {
        run.reason = "bad_luck";
        continue;
      }
      const std::vector<double> values{1.0 + static_cast<double>(index), 2, 3};
      REQUIRE(codec.encode(values, row).ok);
      run.checksum = codec.checksum(std::span{row}.first(codec.output_bytes()));
      rows.add(index, row);
    }
    auto file = store::StageFile::open(MPI_COMM_SELF, root(), view.layout(stage.key));
    file.write_rows(rows);
    file.close();
    ledger::EpochCommit commit;
    commit.stage = stage.key;
    auto ledger = this->ledger();
    commit.epoch = ledger.last_epoch() + 1;
    commit.agents = {&agent, 1};
    ledger.commit_epoch(commit);
  }

  /// Returns the digest, which the ledger has not yet.
  std::string seal_file(std::uint8_t number) const {
    const auto view = open();
    const auto& stage = view.plan.stage(number);
    const auto final = ledger().final_states(stage.key, stage.range.begin, 1000);
    store::rewrite_states(
        root(), view.layout(stage.key),
        [&, done = false](std::span<store::StateView> page) mutable -> std::size_t {
          if (std::exchange(done, true)) return 0;
          for (std::size_t i = 0; i < final.size(); ++i)
            page[i] = {final[i].index, final[i].state, final[i].checksum};
          return final.size();
        },
        store::NotOkRows::erase);
    std::map<SampleIndex, ledger::StateRow> known;
    for (const auto& row : final) known[row.index] = row;
    StageDigest digest;
    for (auto index = stage.range.begin; index < stage.range.end; ++index)
      if (known.contains(index))
        digest.add(index, known[index].state, known[index].checksum);
      else
        digest.add(index, SampleState::excluded, 0);
    store::write_seal(root(), view.layout(stage.key), 1, digest.value().hex());
    return digest.value().hex();
  }

  void seal_ledger(std::uint8_t number, const std::string& digest) const {
    ledger().seal_stage({1, number}, digest);
  }

  void finish(std::uint8_t number) const {
    begin(number);
    show(number);
    compute(number);
    seal_ledger(number, seal_file(number));
    show(number);
  }

  VerifyReport verify() const {
    const auto ledger = ledger::Ledger::open_to_read(path("ledger.sqlite").string());
    return inspect::verify(open(), ledger, [](const auto&) {});
  }

  /// What verify finds: kind -> count.
  std::map<std::string, std::uint64_t> found() const {
    std::map<std::string, std::uint64_t> kinds;
    for (const auto& kind : verify().differences) {
      kinds[kind.kind] = kind.count;
      for (const auto& example : kind.first) UNSCOPED_INFO(kind.kind << ": " << example);
    }
    return kinds;
  }

  static bool fails(SampleIndex index) { return index % 7 == 3; }
  SampleIndex first_failed(IndexRange range) const {
    const auto view = open();
    for (auto index = range.begin; index < range.end; ++index)
      if (fails(index) && !view.space.excluded(index)) return index;
    throw std::logic_error{"no sample fails"};
  }

 private:
  ledger::Ledger ledger() const { return ledger::Ledger::open(path("ledger.sqlite").string(), "nonce"); }

  test::TemporaryFolder folder_;
};

struct Finished : Campaign {
  Finished() {
    finish(1);
    finish(2);
  }
};

using Found = std::map<std::string, std::uint64_t>;

template <class Value>
void put(const fs::path& file, const std::string& dataset, Element element, std::uint64_t row, Value value) {
  const auto open = h5::open_file(file.string(), h5::Access::write);
  h5::RowData::open(open.get(), dataset, element).write(row, 1, &value);
}

void put_attribute(const fs::path& file, const std::string& name, const std::string& text) {
  const auto open = h5::open_file(file.string(), h5::Access::write);
  REQUIRE(H5Adelete(open.get(), name.c_str()) >= 0);
  h5::write_attribute(open.get(), name, text);
}

void remove_link(const fs::path& file, const std::string& name) {
  const auto open = h5::open_file(file.string(), h5::Access::write);
  REQUIRE(H5Ldelete(open.get(), name.c_str(), H5P_DEFAULT) >= 0);
}

/// A list of texts of the view, replaced.
void put_texts(const fs::path& file, const std::string& name, const std::vector<std::string>& texts) {
  remove_link(file, name);
  const auto open = h5::open_file(file.string(), h5::Access::write);
  h5::create_strings(open.get(), name, texts);
}

/// A dataset of the view, replaced by one that leads to no file.
template <class Value>
void put_list(const fs::path& file, const std::string& name, Element element,
              const std::vector<Value>& values) {
  remove_link(file, name);
  const auto open = h5::open_file(file.string(), h5::Access::write);
  h5::create_filled(open.get(), name, h5::stored_type(element), {values.size()}, values.data());
}

constexpr const char* first_file = "store/r1.s1.h5";
constexpr const char* second_file = "store/r1.s2.h5";

}  // namespace

TEST_CASE("A finished campaign is sound", "[inspect][verify]") {
  const Finished campaign;
  CHECK(campaign.found() == Found{});
  for (const auto& stage : campaign.verify().stages) {
    CHECK(stage.sealed);
    CHECK(stage.ok > 0);
    CHECK_FALSE(stage.view_behind);
  }
}

TEST_CASE("The view lists every stage file with size, generation and digest", "[inspect][verify]") {
  const Finished campaign;
  const auto entries = store::read_view(campaign.root());
  REQUIRE(entries.size() == 2);
  CHECK(entries[1].file == second_file);
  CHECK(entries[1].revision == 1);
  CHECK(entries[1].stage == 2);
  CHECK(entries[1].first_index == entries[0].rows);
  CHECK(entries[0].rows + entries[1].rows == 40);
  CHECK(entries[1].bytes == fs::file_size(campaign.path(second_file)));
  CHECK(entries[1].generation == 1);
  CHECK(entries[1].digest == campaign.verify().stages[1].digest);
}

TEST_CASE("An altered revision or stage column is found", "[inspect][verify]") {
  const Finished campaign;
  put(campaign.path(second_file), "revision", Element::u16, 0, std::uint16_t{2});
  CHECK(campaign.found() == Found{{"revision", 1}, {"columns", 1}});
  put(campaign.path(second_file), "stage", Element::u8, 29, std::uint8_t{1});
  CHECK(campaign.found() == Found{{"revision", 1}, {"stage", 1}, {"columns", 1}});
}

TEST_CASE("A meta number in a row that is not ok of a sealed stage is found", "[inspect][verify]") {
  const Finished campaign;
  const auto range = campaign.open().plan.stage(2).range;
  put(campaign.path(second_file), "meta/steps", Element::f64, campaign.first_failed(range) - range.begin,
      5.0);
  CHECK(campaign.found() == Found{{"leftover", 1}, {"columns", 1}});
}

TEST_CASE("A seal that is not the ledger's is found", "[inspect][verify]") {
  const Finished campaign;
  put(campaign.path(first_file), "seal", Element::u64, 2, std::uint64_t{12345});
  CHECK(campaign.found() == Found{{"seal", 1}});
}

TEST_CASE("A stage that is open in the ledger may be sealed once more in its file, not twice",
          "[inspect][verify]") {
  const Campaign campaign;
  campaign.begin(1);
  campaign.compute(1);
  campaign.show(1);
  CHECK(campaign.found() == Found{});
  campaign.seal_file(1);
  CHECK(campaign.found() == Found{});
  CHECK(campaign.verify().stages[0].view_behind);
  put(campaign.path(first_file), "seal", Element::u64, 0, std::uint64_t{2});
  CHECK(campaign.found() == Found{{"seal", 1}});
}

TEST_CASE("Attributes of a stage file that are not the lock's are found", "[inspect][verify]") {
  const Finished campaign;
  put_attribute(campaign.path(first_file), "simulator_digest", "00");
  put_attribute(campaign.path(first_file), "campaign_digest", "00");
  put_attribute(campaign.path(first_file), "stage_name", "pilot");
  CHECK(campaign.found() == Found{{"attributes", 3}, {"size", 1}});  // texts are written at the end
  campaign.show(2);
  CHECK(campaign.found() == Found{{"attributes", 3}});
  put_attribute(campaign.path(first_file), "campaign_id", "decaf");
  CHECK(campaign.found().at("file") == 1);
}

TEST_CASE("The lowest bit of a meta number of a sealed stage is found", "[inspect][verify]") {
  const Finished campaign;
  const auto range = campaign.open().plan.stage(2).range;
  for (std::uint64_t row = 0; row < range.size(); ++row) {
    if (campaign.open().space.excluded(range.begin + row) || Campaign::fails(range.begin + row)) continue;
    put(campaign.path(second_file), "meta/steps", Element::f64, row, 3.0000000000000004);
    break;
  }
  CHECK(campaign.found() == Found{{"columns", 1}});
}

TEST_CASE("A file that HDF5 crashes over is reported and not opened", "[inspect][verify]") {
  const Finished campaign;
  const auto ledger = ledger::Ledger::open_to_read(campaign.path("ledger.sqlite").string());
  fs::remove(campaign.path(first_file));
  const auto report = inspect::verify(campaign.open(), ledger, [](const auto&) {},
                                      {{first_file, "HDF5 crashes"}, {"store.h5", "HDF5 crashes"}});
  REQUIRE(report.differences.size() == 2);
  CHECK(report.differences[0].first == std::vector<std::string>{"store/r1.s1.h5: HDF5 crashes"});
  CHECK(report.differences[1].first == std::vector<std::string>{"store.h5: HDF5 crashes"});
}

TEST_CASE("A moved or missing axis is found", "[inspect][verify]") {
  const Finished campaign;
  put(campaign.path(first_file), "k", Element::f64, 1, 0.25);
  CHECK(campaign.found() == Found{{"axes", 1}});
  remove_link(campaign.path(first_file), "k");
  CHECK(campaign.found() == Found{{"file", 1}, {"attributes", 2}});  // `curve` has lost a scale as well
}

TEST_CASE("A number of the view's list that is not the campaign's is found", "[inspect][verify]") {
  for (const auto* name : {"revision", "stage", "first_index", "rows", "generation"}) {
    const Finished campaign;
    put(campaign.path("store.h5"), std::string{"files/"} + name, Element::i64, 1, std::int64_t{7});
    INFO(name);
    CHECK(campaign.found() == Found{{"view", 1}});
    CHECK(campaign.verify().run_mends_all());
    campaign.show(2);
    CHECK(campaign.found() == Found{});
  }
}

TEST_CASE("Names and digests of the view's list that are not the campaign's are found", "[inspect][verify]") {
  const Finished campaign;
  put_texts(campaign.path("store.h5"), "files/digest", {"00", "01"});
  CHECK(campaign.found() == Found{{"view", 5}});  // the new list has no scale, the scale a user less
  campaign.show(2);
  put_texts(campaign.path("store.h5"), "files/name", {first_file, "store/r9.s2.h5"});
  CHECK(campaign.found() == Found{{"view", 2}});
  campaign.show(2);
  put_texts(campaign.path("store.h5"), "files/name", {first_file, first_file});
  CHECK(campaign.found() == Found{{"view", 2}});
}

TEST_CASE("A stage file that has grown is found, and no run mends it", "[inspect][verify]") {
  const Finished campaign;
  std::ofstream{campaign.path(first_file), std::ios::app} << "more";
  CHECK(campaign.found() == Found{{"size", 1}});
  CHECK_FALSE(campaign.verify().run_mends_all());
}

TEST_CASE("A view that is missing, no HDF5 file, cut short or without a piece is found",
          "[inspect][verify]") {
  const Finished campaign;
  const auto view = campaign.path("store.h5");
  const auto expect_damage = [&] {
    CHECK(campaign.found() == Found{{"view", 1}});
    campaign.show(2);
  };
  fs::remove(view);
  CHECK_THROWS_AS(store::read_view(campaign.root()), DamageError);
  expect_damage();
  std::ofstream{view} << "something else";
  CHECK_THROWS_AS(store::read_view(campaign.root()), DamageError);
  expect_damage();
  fs::resize_file(view, fs::file_size(view) - 1);
  expect_damage();
  for (const auto* piece : {"files", "files/name", "files/digest", "files/bytes", "curve", "meta/steps"}) {
    INFO(piece);
    remove_link(view, piece);
    expect_damage();
  }
  put(view, "files/bytes", Element::i64, 0, std::int64_t{-1});
  CHECK_THROWS_AS(store::read_view(campaign.root()), DamageError);
  expect_damage();
}

TEST_CASE("A view of a newer format asks for a newer program", "[inspect][verify]") {
  const Finished campaign;
  {
    const auto open = h5::open_file(campaign.path("store.h5").string(), h5::Access::write);
    REQUIRE(H5Adelete(open.get(), "tranche_format") >= 0);
    h5::write_attribute(open.get(), "tranche_format", std::int64_t{2});
  }
  try {
    store::read_view(campaign.root());
    FAIL("the view was read");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::usage);
    CHECK_THAT(failure.what(), Catch::Contains("format 2"));
  }
}

TEST_CASE("Attributes of the view that are not the lock's are found", "[inspect][verify]") {
  for (const auto* name : {"campaign_id", "simulator_digest", "campaign_digest", "campaign"}) {
    const Finished campaign;
    put_attribute(campaign.path("store.h5"), name, "decaf");
    CHECK(campaign.found() == Found{{"view", 1}});
  }
}

TEST_CASE("A finished stage that the view leaves out is found", "[inspect][verify]") {
  const Finished campaign;
  campaign.show(1);
  CHECK(campaign.found() == Found{{"view", 1}});
}

TEST_CASE("A stage that the ledger does not have is found in the view", "[inspect][verify]") {
  const Campaign campaign;
  campaign.finish(1);
  const auto view = campaign.open();
  store::create_stage_file(campaign.root(), view.layout({1, 2}),
                           [](SampleIndex, std::span<double>) { return false; });
  campaign.show(2);
  CHECK(campaign.found() == Found{{"view", 1}});
}

TEST_CASE("A view whose datasets lead nowhere is found", "[inspect][verify]") {
  const Finished campaign;
  put_list(campaign.path("store.h5"), "index", Element::i64, std::vector<std::int64_t>(40, -1));
  CHECK(campaign.found().at("view rows") == 2);
  CHECK(campaign.found().contains("view"));
}

TEST_CASE("A view whose datasets do not lead to the stage files' rows is found", "[inspect][verify]") {
  const Finished campaign;
  put_list(campaign.path("store.h5"), "stage", Element::u8, std::vector<std::uint8_t>(40, 1));
  CHECK(campaign.found().at("view rows") == 5);
  CHECK(campaign.verify().run_mends_all());
  campaign.show(2);
  CHECK(campaign.found() == Found{});
}

TEST_CASE("A new stage that a killed run did not come to show is no damage", "[inspect][verify]") {
  const Campaign campaign;
  campaign.begin(1);
  CHECK(campaign.found() == Found{});
  CHECK(campaign.verify().stages[0].view_behind);
  campaign.show(1);
  CHECK_FALSE(campaign.verify().stages[0].view_behind);
  campaign.compute(1);
  fs::remove(campaign.path("store.h5"));
  CHECK(campaign.found() == Found{{"view", 1}});
}

TEST_CASE("A view from before the last sealing is found, and a run mends it", "[inspect][verify]") {
  const Campaign campaign;
  campaign.begin(1);
  campaign.show(1);
  campaign.compute(1);
  campaign.seal_ledger(1, campaign.seal_file(1));
  CHECK(campaign.found() == Found{{"view", 1}});
  CHECK(campaign.verify().run_mends_all());
  campaign.show(1);
  CHECK(campaign.found() == Found{});
}
