/// \file
/// Files of a host and its slots.
/// Layer: adapter (simulate). In the agent.
#pragma once

#include <vector>

#include "setup.hpp"
#include "tranche/simulate/simulator_host.hpp"

namespace tranche::simulate {

/// The slots' files below scratch_dir, removed when the slots are gone.
struct Scratch {
  /// \throws IoError, Failure{environment}
  explicit Scratch(const HostOptions& options);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::vector<SlotFiles> files;
};

/// Where stdout and stderr of load and open are appended. \throws Failure{environment}
FileDescriptor open_log(const HostOptions& options);

}  // namespace tranche::simulate
