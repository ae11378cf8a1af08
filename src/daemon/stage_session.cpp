#include "stage_session.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "tranche/base/checksum.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/failpoint.hpp"
#include "tranche/inspect/open_samples.hpp"
#include "tranche/inspect/store_sync.hpp"
#include "tranche/store/stage_file.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::daemon {
namespace {

constexpr std::size_t page_rows = 65'536;

std::optional<ledger::StageRow> find_row(const ledger::Ledger& ledger, StageKey key) {
  for (auto& row : ledger.stages())
    if (row.key == key) return row;
  return std::nullopt;
}

/// Over every index of the stage: a sample without a run must be one the design excludes.
std::string digest_of(const ledger::Ledger& ledger, const CampaignContext& context,
                      const campaign::Stage& stage) {
  StageDigest digest;
  auto next = stage.range.begin;
  const auto add_excluded_up_to = [&](SampleIndex end) {
    for (; next < end; ++next) {
      if (!context.space.excluded(next))
        throw DamageError{"sample " + std::to_string(next) + " was to be sealed, but has no final run"};
      digest.add(next, SampleState::excluded, 0);
    }
  };
  while (next < stage.range.end) {
    const auto page = ledger.final_states(stage.key, next, page_rows);
    if (page.empty()) break;
    for (const auto& row : page) {
      add_excluded_up_to(row.index);
      digest.add(row.index, row.state, row.checksum);
      next = row.index + 1;
    }
  }
  add_excluded_up_to(stage.range.end);
  return digest.value().hex();
}

}  // namespace

void refresh_view(const ledger::Ledger& ledger, const CampaignContext& context) {
  failpoint("view");
  context.fence();
  inspect::refresh_view(ledger, context);
}

namespace {

/// A stage file without a row in the ledger is what a death between the two leaves: nothing but pending and
/// excluded rows. Anything else means that the ledger is not this campaign's.
void require_untouched(const std::string& dir, const store::StageLayout& layout) {
  const auto reader = store::StageReader::open(dir, layout);
  std::vector<std::uint8_t> states;
  for (auto from = layout.range.begin; from < layout.range.end; from += states.size()) {
    states.resize(std::min<std::uint64_t>(page_rows, layout.range.end - from));
    reader.read_states({from, from + states.size()}, states);
    for (const auto state : states)
      if (state != static_cast<std::uint8_t>(SampleState::pending) &&
          state != static_cast<std::uint8_t>(SampleState::excluded))
        throw DamageError{"store/" + layout.file_name() +
                              " holds finished samples, but ledger.sqlite knows nothing of them",
                          "put the ledger back that belongs to this store"};
  }
}

/// A start that ended before it took this stage up has checked nothing, so every death counts, not the last.
store::Checksums checksums_after(const ledger::Ledger& ledger) {
  const auto jobs = ledger.jobs();
  const bool died = std::any_of(jobs.begin(), jobs.end(), [](const auto& job) { return job.how == "died"; });
  return died ? store::Checksums::check : store::Checksums::trust;
}

/// What the ledger has of a stage that has begun before; its file is made to agree.
schedule::IndexSet take_up(const ledger::Ledger& ledger, const CampaignContext& context,
                           const campaign::Stage& stage) {
  const auto layout = context.layout(stage.key);
  schedule::IndexSet settled{stage.range};
  ledger.visit_done(stage.key, [&](SampleIndex first, auto bits) { settled.insert_bits(first, bits); });
  const auto recorded = [&](IndexRange rows) {
    std::vector<store::StateView> states;
    for (const auto& row : ledger.final_states(stage.key, rows.begin, rows.size()))
      if (row.index < rows.end) states.push_back({row.index, row.state, row.checksum});
    return states;
  };
  context.fence();
  const auto fence = [&] { context.fence(); };
  if (inspect::unseal_file(context, stage, fence)) refresh_view(ledger, context);
  store::reconcile_states(
      context.paths.root().string(), layout,
      [&](SampleIndex from) { return settled.next_run(from, stage.range.size()); }, recorded, fence,
      checksums_after(ledger));
  return settled;
}

/// The first time: the file, then the ledger's row.
void begin(ledger::Ledger& ledger, const CampaignContext& context, const campaign::Stage& stage) {
  const auto dir = context.paths.root().string();
  const auto layout = context.layout(stage.key);
  if (std::filesystem::exists(context.paths.store() / layout.file_name())) require_untouched(dir, layout);
  context.fence();
  const auto excluded = store::create_stage_file(dir, layout, [&](SampleIndex index, std::span<double> x) {
    context.space.evaluate(index, x);
    return !context.space.feasible(x);
  });
  directory::follow_group(context.paths.store() / layout.file_name());
  ledger::StageRow row;
  row.key = stage.key;
  row.name = stage.name;
  row.range = stage.range;
  row.state = ledger::StageState::running;
  row.tally.total = stage.range.size();
  row.tally.samples[static_cast<std::size_t>(SampleState::excluded)] = excluded;
  ledger.add_stage(row);
  refresh_view(ledger, context);
}

}  // namespace

schedule::StageWork prepare_stage(ledger::Ledger& ledger, const CampaignContext& context,
                                  const campaign::Stage& stage) {
  if (!find_row(ledger, stage.key)) begin(ledger, context, stage);
  schedule::StageWork work;
  work.key = stage.key;
  work.settled = take_up(ledger, context, stage);
  work.attempts = inspect::open_samples(ledger, stage.key);
  return work;
}

std::string seal_stage(ledger::Ledger& ledger, const CampaignContext& context, const campaign::Stage& stage) {
  const auto dir = context.paths.root().string();
  const auto layout = context.layout(stage.key);
  const auto digest = digest_of(ledger, context, stage);
  context.fence();
  store::rewrite_states(dir, layout, inspect::states_from(ledger, stage), store::NotOkRows::erase,
                        [&] { context.fence(); });
  const auto generation = find_row(ledger, stage.key)->generation + 1;
  failpoint("seal");
  context.fence();
  store::write_seal(dir, layout, generation, digest);
  failpoint("seal");
  ledger.seal_stage(stage.key, digest);
  refresh_view(ledger, context);
  return digest;
}

}  // namespace tranche::daemon
