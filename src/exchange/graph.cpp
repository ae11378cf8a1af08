#include "graph.hpp"

#include <bit>

namespace tranche::exchange {
namespace {

// `raw_data` of a tensor is little-endian; so is every machine we build for.
static_assert(std::endian::native == std::endian::little);

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

onnx::TensorProto& Graph::constant(onnx::TensorProto::DataType type, const std::vector<std::int64_t>& shape) {
  auto& tensor = *graph_.add_initializer();
  tensor.set_name("c" + std::to_string(names_++));
  tensor.set_data_type(type);
  for (const auto size : shape) tensor.add_dims(size);
  return tensor;
}

Value Graph::floats(const std::vector<std::int64_t>& shape, const float* numbers) {
  auto& tensor = constant(onnx::TensorProto::FLOAT, shape);
  std::size_t count = 1;
  for (const auto size : shape) count *= static_cast<std::size_t>(size);
  tensor.set_raw_data(numbers, count * sizeof(float));
  return tensor.name();
}

Value Graph::floats(const Eigen::VectorXf& numbers, const std::vector<std::int64_t>& shape) {
  return floats(shape, numbers.data());
}

Value Graph::scalar(float number) {
  return floats({}, &number);
}

Value Graph::doubles(const Eigen::MatrixXd& matrix) {
  const RowMajor rows = matrix;
  auto& tensor = constant(onnx::TensorProto::DOUBLE, {rows.rows(), rows.cols()});
  tensor.set_raw_data(rows.data(), static_cast<std::size_t>(rows.size()) * sizeof(double));
  return tensor.name();
}

Value Graph::doubles(const Eigen::RowVectorXd& row) {
  auto& tensor = constant(onnx::TensorProto::DOUBLE, {row.size()});
  tensor.set_raw_data(row.data(), static_cast<std::size_t>(row.size()) * sizeof(double));
  return tensor.name();
}

Value Graph::scalar(double number) {
  auto& tensor = constant(onnx::TensorProto::DOUBLE, {});
  tensor.set_raw_data(&number, sizeof(number));
  return tensor.name();
}

Value Graph::integers(const std::vector<std::int64_t>& numbers) {
  auto& tensor = constant(onnx::TensorProto::INT64, {static_cast<std::int64_t>(numbers.size())});
  tensor.set_raw_data(numbers.data(), numbers.size() * sizeof(std::int64_t));
  return tensor.name();
}

Value Graph::flags(const std::vector<bool>& flags) {
  auto& tensor = constant(onnx::TensorProto::BOOL, {static_cast<std::int64_t>(flags.size())});
  tensor.set_raw_data(std::string(flags.begin(), flags.end()));
  return tensor.name();
}

Value Graph::node(const std::string& kind, const std::vector<Value>& inputs) {
  auto& node = *graph_.add_node();
  node.set_op_type(kind);
  for (const auto& input : inputs) node.add_input(input);
  const Value output = "v" + std::to_string(names_++);
  node.add_output(output);
  return output;
}

void Graph::attribute(const std::string& name, std::int64_t number) {
  auto& attribute = *graph_.mutable_node(graph_.node_size() - 1)->add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(number);
}

void Graph::attribute(const std::string& name, const std::vector<std::int64_t>& numbers) {
  auto& attribute = *graph_.mutable_node(graph_.node_size() - 1)->add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const auto number : numbers) attribute.add_ints(number);
}

Value Graph::cast(const Value& value, onnx::TensorProto::DataType type) {
  const auto output = node("Cast", {value});
  attribute("to", type);
  return output;
}

void Graph::call_output(const std::string& name) {
  graph_.mutable_node(graph_.node_size() - 1)->set_output(0, name);
}

}  // namespace tranche::exchange
