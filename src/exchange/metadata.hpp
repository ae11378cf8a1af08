/// \file
/// What the numbers of a model mean, as texts that travel with it: docs/formats/onnx.md.
/// Layer: exchange (private).
#pragma once

#include <onnx/onnx_pb.h>

#include "tranche/surrogate/surrogate.hpp"

namespace tranche::exchange {

void add_metadata(onnx::ModelProto& model, const surrogate::Surrogate& surrogate);

}  // namespace tranche::exchange
