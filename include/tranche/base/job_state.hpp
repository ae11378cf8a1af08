/// \file
/// What a batch system says of one of its jobs.
/// Layer: base (pure).
#pragma once

#include <cstdint>

namespace tranche {

enum class JobState : std::uint8_t {
  alive,     ///< it has processes, or is losing them
  gone,      ///< it has ended, or waits to be started again
  unknown,   ///< no record of it: it ended long ago, or belongs to another cluster
  no_answer  ///< there is no batch system here, or it does not answer
};

}  // namespace tranche
