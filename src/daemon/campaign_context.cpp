#include "campaign_context.hpp"

#include "tranche/simulate/plugin_file.hpp"

namespace tranche::daemon {

CampaignContext load_context(const std::filesystem::path& campaign_dir) {
  auto view = inspect::open_campaign(directory::find_campaign(campaign_dir));
  campaign::RowCodec codec{view.spec};
  auto plugin = simulate::require_plugin(view.paths.root().string(), view.spec.simulator);
  auto digest = simulate::file_digest(plugin).hex();
  return {{std::move(view)}, std::move(codec), std::move(plugin), std::move(digest), {}};
}

}  // namespace tranche::daemon
