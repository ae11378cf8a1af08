#include "plugin.hpp"

#include <dlfcn.h>

#include "tranche/base/errors.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

template <typename Function>
Function symbol(void* library, const char* name) {
  return reinterpret_cast<Function>(::dlsym(library, name));
}

template <typename Function>
Function required_symbol(void* library, const char* name, const std::string& path) {
  const auto found = symbol<Function>(library, name);
  if (found == nullptr)
    throw Failure{ExitCode::environment, "plug-in " + path + " does not export " + name,
                  "declare it extern \"C\" with default visibility, as in tranche/plugin.h"};
  return found;
}

}  // namespace

Plugin load_plugin(const std::string& path) {
  // Local: two libraries that both define `eval` must not see each other's.
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* text = ::dlerror();
    throw Failure{ExitCode::environment,
                  "plug-in " + path + " cannot be loaded: " + (text != nullptr ? text : "no reason given"),
                  "ldd " + path};
  }
  const auto abi = required_symbol<decltype(&tranche_abi)>(library, "tranche_abi", path)();
  if (abi != TRANCHE_ABI)
    throw Failure{ExitCode::environment,
                  "plug-in " + path + " was built for ABI " + std::to_string(abi) +
                      ", this tranche has ABI " + std::to_string(TRANCHE_ABI),
                  "build it again with this tranche's plugin.h"};
  Plugin plugin;
  plugin.eval = required_symbol<decltype(&tranche_eval)>(library, "tranche_eval", path);
  plugin.load = symbol<decltype(&tranche_load)>(library, "tranche_load");
  plugin.open = symbol<decltype(&tranche_open)>(library, "tranche_open");
  plugin.close = symbol<decltype(&tranche_close)>(library, "tranche_close");
  return plugin;
}

PluginInfo::PluginInfo(const campaign::CampaignSpec& spec, const std::string& campaign_dir)
    : spec_{spec}, campaign_dir_{campaign_dir} {
  add_names(spec_);
  add_outputs(spec_);
  info_.size = sizeof info_;
  info_.abi = TRANCHE_ABI;
  info_.threads = spec_.resources.threads;
  info_.n_x = x_names_.size();
  info_.x_names = x_names_.data();
  info_.n_axes = axes_.size();
  info_.axes = axes_.data();
  info_.n_outputs = outputs_.size();
  info_.outputs = outputs_.data();
  info_.n_meta = meta_names_.size();
  info_.meta_names = meta_names_.data();
  info_.campaign_dir = campaign_dir_.c_str();
  info_.message = message_.data();
  info_.message_size = message_.size();
}

void PluginInfo::add_names(const campaign::CampaignSpec& spec) {
  for (const auto& parameter : spec.parameters) x_names_.push_back(parameter.name.c_str());
  for (const auto& constant : spec.constants) x_names_.push_back(constant.name.c_str());
  for (const auto& derived : spec.derived) x_names_.push_back(derived.name.c_str());
  for (const auto& name : spec.meta) meta_names_.push_back(name.c_str());
}

void PluginInfo::add_outputs(const campaign::CampaignSpec& spec) {
  for (const auto& axis : spec.axes)
    axes_.push_back(
        {sizeof(tranche_axis), axis.name.c_str(), axis.unit.c_str(), axis.values.size(), axis.values.data()});
  for (const auto& output : spec.outputs)
    outputs_.push_back({sizeof(tranche_output), output.name.c_str(), output.unit.c_str(),
                        static_cast<std::size_t>(output.size), output.axes.size(), output.axes.data()});
}

std::string PluginInfo::message() const {
  return clean_message(bounded(message_));
}

}  // namespace tranche::simulate
