/// \file
/// What a kind of simulator is called.
/// Layer: campaign (pure).
#pragma once

#include <string>

#include "tranche/campaign/spec.hpp"

namespace tranche::campaign {

/// `plug-in`, `command`, `worker`, `Python function`.
std::string kind_name(const SimulatorSpec& simulator);

}  // namespace tranche::campaign
