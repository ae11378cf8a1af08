/// \file
/// Which kernels this processor gets.
/// Layer: surrogate (private).
#pragma once

#include "kernels.hpp"

namespace tranche::surrogate {

/// The fastest that run here, or those that the environment variable TRANCHE_SURROGATE_CPU names: plain,
/// avx2, avx512. \throws Failure{usage} if it names others, or some this processor cannot run
const Kernels& choose_kernels();

}  // namespace tranche::surrogate
