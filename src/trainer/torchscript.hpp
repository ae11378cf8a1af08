/// \file
/// A surrogate as a TorchScript file, for programs that have torch.
/// Layer: application (trainer; libtorch inside).
#pragma once

#include <filesystem>

#include "tranche/surrogate/surrogate.hpp"

namespace tranche::trainer {

/// A module with forward(x): x is n x inputs as in campaign.yaml, float64; n x points as stored, float64: the
/// mean of the members. Attributes: `inputs` and `units` (lists of str), `output`, `output_unit`, `log10`
/// (bool); buffers `lo`, `hi` and `axis0`, `axis1`.. The file appears whole or not at all. \throws IoError
void write_torchscript(const surrogate::Surrogate& model, const std::filesystem::path& path);

}  // namespace tranche::trainer
