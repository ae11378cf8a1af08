/// \file
/// How much memory rows may take.
/// Layer: application (trainer; /proc).
#pragma once

#include <cstdint>

namespace tranche::trainer {

/// 4 GB, or half of what the machine has free if that is less.
std::uint64_t memory_budget();

}  // namespace tranche::trainer
