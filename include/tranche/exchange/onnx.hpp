/// \file
/// A surrogate as an ONNX model (opset 13, IR 8), for runtimes that know nothing of tranche:
/// docs/formats/onnx.md. Layer: adapter (exchange), the only one that uses ONNX and protobuf.
#pragma once

#include <filesystem>

#include "tranche/surrogate/surrogate.hpp"

namespace tranche::exchange {

inline constexpr int onnx_opset = 13;

/// The whole of it: from parameters, as campaign.yaml has them, to numbers as they are stored.
///   `parameters`, float64 [samples, parameters]: float32 ends at 3.4e38, and a parameter may be 1e48.
///   Scaling, baseline and decoding are computed in float64, the network in float32, as everywhere. `values`,
///   float32 [samples, points]: log10 if the output is stored so. Of an ensemble: the mean of its members.
/// What the numbers mean stands in the metadata. Points outside the ranges are computed like any other.
/// The file appears whole or not at all. \throws IoError; Failure{usage} if it were larger than ONNX allows
/// (2 GB)
void write_onnx(const surrogate::Surrogate& surrogate, const std::filesystem::path& path);

}  // namespace tranche::exchange
