/// \file
/// What a command says when it is asked for its version.
/// Layer: adapter (simulate). Any process; starts one and waits for it, at most 10 s.
#pragma once

#include <string>

#include "tranche/campaign/spec.hpp"
#include "tranche/simulate/simulator_files.hpp"

namespace tranche::simulate {

/// First line that `version` of a command prints, on stdout or else on stderr, as clean text; empty if the
/// campaign does not ask. \throws Failure{environment} if it cannot be started, fails, or says nothing.
std::string simulator_version(const std::string& campaign_dir, const campaign::SimulatorSpec& simulator);

}  // namespace tranche::simulate
