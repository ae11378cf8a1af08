/// \file
/// A worker tried out: does it keep the protocol of docs/formats/worker.md?
/// Layer: adapter (processes).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tranche/campaign/spec.hpp"
#include "tranche/simulate/simulator_host.hpp"

namespace tranche::simulate {

/// One thing that was looked at.
struct Finding {
  enum class Mark : std::uint8_t { ok, remark, broken };
  Mark mark = Mark::ok;
  std::string what;  ///< a few words
  std::string text;  ///< a sentence
};

/// A point to try it at.
struct TrialPoint {
  std::uint64_t index = 0;
  std::uint64_t seed = 0;
  std::vector<double> x;  ///< parameters, constants, derived
};

/// Starts the worker twice and asks it what a campaign would ask, and what it would not. Precondition: at
/// least one point; a second one shows whether the worker remembers what it should not.
/// Its stderr goes to `options.scratch_dir`.
std::vector<Finding> try_worker(const campaign::CampaignSpec& spec, const HostOptions& options,
                                const std::vector<TrialPoint>& points);

}  // namespace tranche::simulate
