/// \file
/// What the agent decided before the fork and zygote and slots inherit.
/// Layer: adapter (simulate).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared_area.hpp"
#include "system.hpp"
#include "tranche/campaign/row_codec.hpp"
#include "tranche/campaign/spec.hpp"
#include "tranche/simulate/simulator_host.hpp"

namespace tranche::simulate {

/// Captured output of one slot.
struct SlotFiles {
  std::string rundir;
  FileDescriptor out;
  FileDescriptor err;
};

struct Setup {
  const campaign::CampaignSpec& spec;
  const SampleInputs& inputs;
  const HostOptions& options;
  campaign::RowCodec codec;
  SharedMemory& memory;
  std::vector<SlotFiles>& files;
  int wake_fd = -1;  ///< eventfd of the agent
  int log_fd = -1;   ///< stdout and stderr of load and open
};

/// Requests of the agent and reports of the zygote: one datagram each.
struct ZygoteMessage {
  enum class Kind : std::uint32_t {
    loaded,
    start,
    stir,      ///< there is work: end your rest
    distrust,  ///< kill `slot`: its shared memory is damaged
    mended,    ///< the queue of `slot` is sound again: fork its next process
    shut_down,
    fatal
  };
  Kind kind = Kind::loaded;
  std::uint32_t slot = 0;
  char text[1536] = {};  ///< fatal only
};

}  // namespace tranche::simulate
