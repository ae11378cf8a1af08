#include "tranche/inspect/store_sync.hpp"

#include <algorithm>

#include "tranche/store/stage_reader.hpp"

namespace tranche::inspect {

store::NextStates states_from(const ledger::Ledger& ledger, const campaign::Stage& stage) {
  return
      [&ledger, &stage, from = stage.range.begin](std::span<store::StateView> page) mutable -> std::size_t {
        const auto rows = ledger.final_states(stage.key, from, page.size());
        std::transform(rows.begin(), rows.end(), page.begin(), [](const auto& row) {
          return store::StateView{row.index, row.state, row.checksum};
        });
        if (!rows.empty()) from = rows.back().index + 1;
        return rows.size();
      };
}

bool unseal_file(const CampaignView& view, const campaign::Stage& stage, const store::Fence& fence) {
  const auto dir = view.paths.root().string();
  const auto layout = view.layout(stage.key);
  const bool sealed = store::StageReader::open(dir, layout).seal().generation != 0;
  if (!sealed) return false;
  if (fence) fence();
  store::remove_seal(dir, layout);
  return true;
}

bool reopen_file(const ledger::Ledger& ledger, const CampaignView& view, const campaign::Stage& stage,
                 const store::Fence& fence) {
  const bool sealed = unseal_file(view, stage, fence);
  store::rewrite_states(view.paths.root().string(), view.layout(stage.key), states_from(ledger, stage),
                        store::NotOkRows::keep, fence);
  return sealed;
}

void refresh_view(const ledger::Ledger& ledger, const CampaignView& view, const store::Fence& fence) {
  std::vector<store::StageLayout> files;
  for (const auto& row : ledger.stages()) files.push_back(view.layout(row.key));
  if (files.empty()) return;
  if (fence) fence();
  store::rewrite_view(view.paths.root().string(), files, fence);
  directory::follow_group(view.paths.view());
}

}  // namespace tranche::inspect
