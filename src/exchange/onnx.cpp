#include "tranche/exchange/onnx.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <limits>
#include <system_error>

#include "metadata.hpp"
#include "network_nodes.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/version.hpp"

namespace tranche::exchange {
namespace {

namespace fs = std::filesystem;
using surrogate::Input;
using surrogate::Surrogate;

constexpr int ir_version = 8;

/// u = slope * x + offset, or slope * ln(x) + offset: Input::scaled().
struct Line {
  double slope = 0;
  double offset = 0;
};

Line line_of(const Input& input) {
  if (input.hi == input.lo) return {};
  const bool log = input.scale == Input::Scale::log;
  const double lo = log ? std::log(input.lo) : input.lo;
  const double slope = 2 / (log ? std::log(input.hi / input.lo) : input.hi - input.lo);
  return {slope, -1 - slope * lo};
}

/// Float64 in, float64 in [-1,1] out.
Value add_scaling(Graph& graph, const std::vector<Input>& inputs, const Value& x) {
  const auto count = static_cast<Eigen::Index>(inputs.size());
  Eigen::RowVectorXd slopes(count);
  Eigen::RowVectorXd offsets(count);
  std::vector<bool> logs;
  for (Eigen::Index k = 0; k < count; ++k) {
    const auto& input = inputs[static_cast<std::size_t>(k)];
    const auto line = line_of(input);
    slopes[k] = line.slope;
    offsets[k] = line.offset;
    logs.push_back(input.scale == Input::Scale::log);
  }
  const auto is_log = graph.flags(logs);
  const auto positive = graph.node("Where", {is_log, x, graph.scalar(1.0)});
  const auto seen = graph.node("Where", {is_log, graph.node("Log", {positive}), x});
  return graph.node("Add", {graph.node("Mul", {seen, graph.doubles(slopes)}), graph.doubles(offsets)});
}

/// Which of (1, u0, u1, ...) a monomial multiplies: three lists, in the order of learn::monomials().
struct Factors {
  std::array<std::vector<std::int64_t>, 3> of;

  void add(std::int64_t i, std::int64_t j, std::int64_t k) {
    of[0].push_back(i);
    of[1].push_back(j);
    of[2].push_back(k);
  }
};

Factors cubic_factors(std::int64_t inputs) {
  Factors factors;
  for (std::int64_t i = 0; i <= inputs; ++i) factors.add(i, 0, 0);
  for (std::int64_t i = 1; i <= inputs; ++i)
    for (std::int64_t j = i; j <= inputs; ++j) {
      factors.add(i, j, 0);
      for (std::int64_t k = j; k <= inputs; ++k) factors.add(i, j, k);
    }
  return factors;
}

Value add_monomials(Graph& graph, learn::Baseline baseline, std::int64_t inputs, const Value& u) {
  const auto with_one = graph.node("Pad", {u, graph.integers({0, 1, 0, 0}), graph.scalar(1.0)});
  if (baseline == learn::Baseline::linear) return with_one;
  const auto factors = cubic_factors(inputs);
  const auto chosen = [&](std::size_t place) {
    const auto columns = graph.node("Gather", {with_one, graph.integers(factors.of[place])});
    graph.attribute("axis", 1);
    return columns;
  };
  return graph.node("Mul", {graph.node("Mul", {chosen(0), chosen(1)}), chosen(2)});
}

/// z: float32 [samples, targets]; float64 [samples, points] out.
Value add_decoding(Graph& graph, const learn::Targets& targets, const Value& u, std::int64_t inputs,
                   const Value& z) {
  auto rest = graph.doubles(targets.mean);
  if (targets.baseline != learn::Baseline::off)
    rest = graph.node("Gemm", {add_monomials(graph, targets.baseline, inputs, u),
                               graph.doubles(targets.coefficients), rest});
  const auto wide = graph.cast(z, onnx::TensorProto::DOUBLE);
  if (targets.form == learn::TargetForm::value)
    return graph.node("Add", {graph.node("Mul", {wide, graph.doubles(targets.scale)}), rest});
  return graph.node("Gemm", {wide, graph.doubles(targets.decoder()), rest});
}

void add_member_mean(Graph& graph, const Surrogate& surrogate) {
  const auto u = add_scaling(graph, surrogate.inputs, "parameters");
  const auto narrow = graph.cast(u, onnx::TensorProto::FLOAT);
  const auto inputs = static_cast<std::int64_t>(surrogate.inputs.size());
  Value sum;
  for (const auto& member : surrogate.members) {
    const auto z = add_network(graph, member.network, narrow);
    const auto y = add_decoding(graph, member.targets, u, inputs, z);
    sum = sum.empty() ? y : graph.node("Add", {sum, y});
  }
  const auto count = static_cast<double>(surrogate.members.size());
  if (surrogate.members.size() > 1) sum = graph.node("Mul", {sum, graph.scalar(1 / count)});
  graph.cast(sum, onnx::TensorProto::FLOAT);
  graph.call_output("values");
}

void declare(onnx::ValueInfoProto& value, const std::string& name, onnx::TensorProto::DataType type,
             std::uint64_t columns) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape()->add_dim()->set_dim_param("samples");
  tensor.mutable_shape()->add_dim()->set_dim_value(static_cast<std::int64_t>(columns));
}

onnx::ModelProto model_of(const Surrogate& surrogate) {
  onnx::ModelProto model;
  model.set_ir_version(ir_version);
  model.set_producer_name("tranche");
  model.set_producer_version(std::string{version()});
  model.set_doc_string("Surrogate of " + surrogate.output + " of the campaign " +
                       surrogate.provenance.campaign);
  auto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(onnx_opset);
  auto& graph = *model.mutable_graph();
  graph.set_name("surrogate");
  declare(*graph.add_input(), "parameters", onnx::TensorProto::DOUBLE, surrogate.inputs.size());
  declare(*graph.add_output(), "values", onnx::TensorProto::FLOAT, surrogate.points());
  Graph nodes{graph};
  add_member_mean(nodes, surrogate);
  add_metadata(model, surrogate);
  return model;
}

}  // namespace

void write_onnx(const Surrogate& surrogate, const fs::path& path) {
  ensure(!surrogate.members.empty(), "a surrogate has one member at least");
  const auto model = model_of(surrogate);
  if (model.ByteSizeLong() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw Failure{ExitCode::usage,
                  "as ONNX the surrogate would be larger than 2 GB, the most a file of that format holds",
                  "export fewer members of the ensemble, or a narrower network"};
  const fs::path temporary = path.string() + "." + std::to_string(::getpid()) + ".new";
  errno = 0;
  std::ofstream file{temporary, std::ios::binary};
  const bool written = file && model.SerializeToOstream(&file) && file.flush();
  std::error_code error{written ? 0 : errno, std::generic_category()};
  file.close();
  if (written) fs::rename(temporary, path, error);
  if (written && !error) return;
  std::error_code ignored;
  fs::remove(temporary, ignored);
  throw IoError{"write " + path.string() + ": " + error.message(),
                "choose a folder that exists and has space"};
}

}  // namespace tranche::exchange
