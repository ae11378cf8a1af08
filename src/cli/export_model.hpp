/// \file
/// A trained model in the formats of other programs: ONNX, TorchScript.
/// Layer: application (cli).
#pragma once

#include "commands.hpp"

namespace tranche::cli {

/// Whether the format is one of models, not of samples.
bool is_model_format(const std::string& format);

/// Writes models/NAME in the format asked for. \throws Failure: no such model, the file exists, no trainer
int export_model(const ExportOptions& options, Context& context);

}  // namespace tranche::cli
