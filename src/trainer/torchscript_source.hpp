/// \file
/// What a surrogate computes, in TorchScript's words.
/// Layer: application (trainer, pure).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tranche/surrogate/surrogate.hpp"

namespace tranche::trainer {

/// Name of a layer's tensor: `m0_weight3`.
std::string tensor_name(std::size_t member, const char* kind, std::size_t layer);

/// forward(self, x), and a function for each member. Uses the tensors named by tensor_name(), and `begin`,
/// `factor`, `offset`, `logarithmic`, `m0_powers` (monomials x 3: which of 1, u0, u1.. to multiply),
/// `m0_coefficients`, `m0_mean`, `m0_decoder`.
std::string torchscript_source(const surrogate::Surrogate& model);

/// Each monomial of learn::monomials() as three factors: 0 is one, k + 1 is u_k.
std::vector<std::int64_t> monomial_factors(learn::Baseline baseline, std::uint64_t inputs);

}  // namespace tranche::trainer
