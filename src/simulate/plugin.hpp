/// \file
/// A loaded plug-in and the facts it is told (C ABI 1).
/// Layer: adapter (simulate). Used in the zygote and, inherited, in the slots.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"
#include "tranche/plugin.h"

namespace tranche::simulate {

/// Functions of the library. Never unloaded: slots inherit it.
struct Plugin {
  decltype(&tranche_load) load = nullptr;  ///< may be absent
  decltype(&tranche_open) open = nullptr;  ///< may be absent
  decltype(&tranche_eval) eval = nullptr;
  decltype(&tranche_close) close = nullptr;  ///< may be absent
};

/// dlopen and checks. \throws Failure{environment} with the loader's text, the missing symbol, or
/// both ABI numbers.
Plugin load_plugin(const std::string& path);

/// tranche_info with everything it points to. Not copyable: the plug-in keeps pointers into it.
class PluginInfo {
 public:
  PluginInfo(const campaign::CampaignSpec& spec, const std::string& campaign_dir);
  PluginInfo(const PluginInfo&) = delete;
  PluginInfo& operator=(const PluginInfo&) = delete;

  const tranche_info& get() const noexcept { return info_; }
  std::size_t inputs() const noexcept { return x_names_.size(); }
  void set_slot(std::uint32_t slot) noexcept { info_.slot = slot; }
  /// What load or open wrote, as one clean line.
  std::string message() const;
  void clear_message() noexcept { message_.fill(0); }

 private:
  void add_names(const campaign::CampaignSpec& spec);
  void add_outputs(const campaign::CampaignSpec& spec);

  campaign::CampaignSpec spec_;  ///< owns the strings and axis values pointed to
  std::string campaign_dir_;
  std::vector<const char*> x_names_;
  std::vector<const char*> meta_names_;
  std::vector<tranche_axis> axes_;
  std::vector<tranche_output> outputs_;
  std::array<char, 512> message_{};
  tranche_info info_{};
};

}  // namespace tranche::simulate
