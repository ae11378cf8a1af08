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
                      const campaign::Stage& stage, const GoOn& go_on) {
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
    go_on(0);
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
  inspect::refresh_view(ledger, context, [&] { context.fence(); });
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

/// Number of the last job that died: what it left in a stage's file has to be looked at once.
std::int64_t last_death(const ledger::Ledger& ledger) {
  std::int64_t last = 0;
  for (const auto& job : ledger.jobs())
    if (job.how == "died") last = std::max(last, job.job);
  return last;
}

/// The fact that says up to which death a stage's file has been looked at.
std::string checked_fact(const campaign::Stage& stage) {
  return "checked_after_job.r" + std::to_string(stage.key.revision) + ".s" + std::to_string(stage.key.stage);
}

/// A start that ended before it took this stage up has looked at nothing, so this is asked stage by stage.
store::Checksums checksums_after(const ledger::Ledger& ledger, const campaign::Stage& stage) {
  const auto checked = ledger.fact(checked_fact(stage));
  const bool up_to_date = checked && *checked == std::to_string(last_death(ledger));
  return up_to_date || last_death(ledger) == 0 ? store::Checksums::trust : store::Checksums::check;
}

/// What the ledger has of a stage that has begun before; its file is made to agree.
schedule::IndexSet take_up(ledger::Ledger& ledger, const CampaignContext& context,
                           const campaign::Stage& stage, const GoOn& go_on) {
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
  const auto fence = [&] {
    go_on(0);
    context.fence();
  };
  if (inspect::unseal_file(context, stage, fence)) refresh_view(ledger, context);
  store::reconcile_states(
      context.paths.root().string(), layout,
      [&](SampleIndex from) { return settled.next_run(from, stage.range.size()); }, recorded, fence,
      checksums_after(ledger, stage));
  if (const auto death = last_death(ledger); death != 0)
    ledger.set_fact(checked_fact(stage), std::to_string(death));
  return settled;
}

/// The first time: the file, then the ledger's row.
void begin(ledger::Ledger& ledger, const CampaignContext& context, const campaign::Stage& stage,
           const GoOn& go_on) {
  const auto dir = context.paths.root().string();
  const auto layout = context.layout(stage.key);
  if (std::filesystem::exists(context.paths.store() / layout.file_name())) require_untouched(dir, layout);
  context.fence();
  const auto excluded = store::create_stage_file(
      dir, layout,
      [&](SampleIndex index, std::span<double> x) {
        context.space.evaluate(index, x);
        return !context.space.feasible(x);
      },
      [&](double share) {
        go_on(share);
        context.fence();  // it may take long: a run that slept meanwhile must not publish the file
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
                                  const campaign::Stage& stage, const GoOn& go_on) {
  if (!find_row(ledger, stage.key)) begin(ledger, context, stage, go_on);
  schedule::StageWork work;
  work.key = stage.key;
  work.settled = take_up(ledger, context, stage, go_on);
  work.attempts = inspect::open_samples(ledger, stage.key);
  return work;
}

std::string seal_stage(ledger::Ledger& ledger, const CampaignContext& context, const campaign::Stage& stage,
                       const GoOn& go_on) {
  const auto dir = context.paths.root().string();
  const auto layout = context.layout(stage.key);
  const auto digest = digest_of(ledger, context, stage, go_on);
  context.fence();
  store::rewrite_states(dir, layout, inspect::states_from(ledger, stage), store::NotOkRows::erase, [&] {
    go_on(0);
    context.fence();
  });
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
