/// \file
/// Nodes and tensors of an ONNX graph, one line each.
/// Layer: exchange (private).
#pragma once

#include <onnx/onnx_pb.h>

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

namespace tranche::exchange {

/// The name of what a node gives or of a constant.
using Value = std::string;

class Graph {
 public:
  explicit Graph(onnx::GraphProto& graph) : graph_{graph} {}

  /// Constants; those of rank 2 as they are, row by row.
  Value floats(const std::vector<std::int64_t>& shape, const float* numbers);
  Value floats(const Eigen::VectorXf& numbers, const std::vector<std::int64_t>& shape);
  Value scalar(float number);
  Value doubles(const Eigen::MatrixXd& matrix);
  Value doubles(const Eigen::RowVectorXd& row);
  Value scalar(double number);
  Value integers(const std::vector<std::int64_t>& numbers);
  Value flags(const std::vector<bool>& flags);

  /// A node with one output; attributes are added to what is returned last.
  Value node(const std::string& kind, const std::vector<Value>& inputs);
  void attribute(const std::string& name, std::int64_t number);
  void attribute(const std::string& name, const std::vector<std::int64_t>& numbers);

  /// Numbers of another type.
  Value cast(const Value& value, onnx::TensorProto::DataType type);

  /// The last node's output gets a name of its own.
  void call_output(const std::string& name);

 private:
  onnx::TensorProto& constant(onnx::TensorProto::DataType type, const std::vector<std::int64_t>& shape);

  onnx::GraphProto& graph_;
  std::uint64_t names_ = 0;
};

}  // namespace tranche::exchange
