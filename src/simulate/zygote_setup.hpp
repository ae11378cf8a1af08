/// \file
/// From a fork of the agent to the process that slots are forked from, with the plug-in loaded.
/// Layer: adapter (simulate). In the zygote only.
#pragma once

#include "plugin.hpp"
#include "setup.hpp"

namespace tranche::simulate {

/// Gives up what the agent is: its terminal, descriptors, signals, MPI variables. `socket` stays open.
void leave_agent(const Setup& setup, int socket);

/// Loads the plug-in and calls tranche_load with `info`; returns its functions and `shared`.
struct LoadedPlugin {
  Plugin plugin;
  void* shared = nullptr;
};
/// \throws Failure{environment} with the loader's text or the plug-in's.
LoadedPlugin load_into_zygote(const Setup& setup, PluginInfo& info);

}  // namespace tranche::simulate
