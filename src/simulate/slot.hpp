/// \file
/// A slot process: takes tasks from its ring, runs them one by one, publishes results.
/// Layer: adapter (simulate). Runs in a child of the zygote and never returns to it.
///
/// Undone after every sample: floating-point mode, signal mask, umask, working directory. A sample that
/// closes or redirects descriptors, or runs out of memory, gets its process replaced. Not undone: threads
/// and children left running, environment variables, signal handlers, the plug-in's own static data.
#pragma once

#include "plugin.hpp"
#include "setup.hpp"

namespace tranche::simulate {

/// What the zygote hands to a slot.
struct SlotBirth {
  const Setup& setup;
  const Plugin& plugin;
  PluginInfo& info;
  void* shared = nullptr;  ///< from tranche_load
  std::uint32_t slot = 0;
};

/// tranche_open, then samples until the host closes. Leaves by _exit.
[[noreturn]] void run_slot(const SlotBirth& birth);

}  // namespace tranche::simulate
