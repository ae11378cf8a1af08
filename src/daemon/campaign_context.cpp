#include "campaign_context.hpp"

#include "tranche/simulate/simulator_files.hpp"

namespace tranche::daemon {

CampaignContext load_context(const std::filesystem::path& campaign_dir) {
  auto view = inspect::open_campaign(directory::find_campaign(campaign_dir));
  campaign::RowCodec codec{view.spec};
  auto simulator = simulate::require_simulator(view.paths.root().string(), view.spec.simulator);
  const auto parts = simulator.parts();
  auto files = simulate::named_parts(view.paths.root().string(), parts);
  auto digest = simulator.digest_of(parts).hex();
  return {{std::move(view)}, std::move(codec), std::move(simulator), std::move(files), std::move(digest), {}};
}

}  // namespace tranche::daemon
