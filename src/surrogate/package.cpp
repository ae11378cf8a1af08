#include <array>
#include <cmath>
#include <sstream>
#include <string_view>
#include <utility>

#include "h5_file.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/surrogate/surrogate.hpp"
#include "whole_file.hpp"

// The layout: docs/formats/surrogate.md. A change of it raises `format`.
namespace tranche::surrogate {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t format = 1;
constexpr const char* format_name = "tranche_surrogate";
constexpr std::array scale_names{std::pair{Input::Scale::linear, std::string_view{"linear"}},
                                 std::pair{Input::Scale::log, std::string_view{"log"}},
                                 std::pair{Input::Scale::integer, std::string_view{"integer"}},
                                 std::pair{Input::Scale::levels, std::string_view{"levels"}}};

void write_inputs(h5::Writer& file, const std::vector<Input>& inputs) {
  std::vector<std::string> names;
  std::vector<std::string> units;
  std::vector<std::string> scales;
  std::vector<double> lo;
  std::vector<double> hi;
  for (const auto& input : inputs) {
    names.push_back(input.name);
    units.push_back(input.unit);
    scales.emplace_back(scale_names[static_cast<std::size_t>(input.scale)].second);
    lo.push_back(input.lo);
    hi.push_back(input.hi);
  }
  file.group("/inputs");
  file.texts("/inputs/name", names);
  file.texts("/inputs/unit", units);
  file.texts("/inputs/scale", scales);
  file.vector("/inputs/lo", lo);
  file.vector("/inputs/hi", hi);
}

Input::Scale scale_of(const h5::Reader& file, const std::string& word) {
  for (const auto& [scale, name] : scale_names)
    if (word == name) return scale;
  file.damaged("dataset /inputs/scale", "names no scale: `" + word + "`");
}

std::vector<Input> read_inputs(const h5::Reader& file) {
  const auto names = file.texts("/inputs/name");
  const auto units = file.texts("/inputs/unit");
  const auto scales = file.texts("/inputs/scale");
  const auto lo = file.vector("/inputs/lo");
  const auto hi = file.vector("/inputs/hi");
  const auto count = names.size();
  if (count == 0 || units.size() != count || scales.size() != count || lo.size() != count ||
      hi.size() != count)
    file.damaged("group /inputs", "has lists of different lengths, or none");
  std::vector<Input> inputs;
  for (std::size_t k = 0; k < count; ++k) {
    Input input{names[k], units[k], scale_of(file, scales[k]), lo[k], hi[k]};
    if (!std::isfinite(input.lo) || !(input.lo <= input.hi) || !std::isfinite(input.hi) ||
        (input.scale == Input::Scale::log && input.lo <= 0))
      file.damaged("group /inputs", "has no range for " + input.name);
    inputs.push_back(std::move(input));
  }
  return inputs;
}

void write_constants(h5::Writer& file, const Surrogate& surrogate) {
  std::vector<std::string> names;
  std::vector<double> values;
  for (const auto& constant : surrogate.constants) {
    names.push_back(constant.name);
    values.push_back(constant.value);
  }
  file.group("/constants");
  file.texts("/constants/name", names);
  file.vector("/constants/value", values);
  file.texts("/constraints", surrogate.constraints);
}

std::vector<Constant> read_constants(const h5::Reader& file) {
  const auto names = file.texts("/constants/name");
  const auto values = file.vector("/constants/value");
  if (names.size() != values.size()) file.damaged("group /constants", "has lists of different lengths");
  std::vector<Constant> constants;
  for (std::size_t k = 0; k < names.size(); ++k) constants.push_back({names[k], values[k]});
  return constants;
}

void write_output(h5::Writer& file, const Surrogate& surrogate) {
  file.group("/output");
  file.attribute("/output", "name", surrogate.output);
  file.attribute("/output", "unit", surrogate.output_unit);
  file.attribute("/output", "transform", surrogate.log10 ? "log10" : "none");
  file.attribute("/output", "floor", surrogate.floor);
  file.group("/output/axes");
  for (std::size_t k = 0; k < surrogate.axes.size(); ++k) {
    const auto path = "/output/axes/" + std::to_string(k);
    file.group(path);
    file.attribute(path, "name", surrogate.axes[k].name);
    file.attribute(path, "unit", surrogate.axes[k].unit);
    file.vector(path + "/values", surrogate.axes[k].values);
  }
}

std::vector<Axis> read_axes(const h5::Reader& file) {
  std::vector<Axis> axes;
  for (std::size_t k = 0;; ++k) {
    const auto path = "/output/axes/" + std::to_string(k);
    if (!file.has(path)) return axes;
    axes.push_back({file.text(path, "name"), file.text(path, "unit"), file.vector(path + "/values")});
  }
}

bool read_transform(const h5::Reader& file) {
  const auto word = file.text("/output", "transform");
  if (word != "log10" && word != "none")
    file.damaged("attribute transform of /output", "is no transform: `" + word + "`");
  return word == "log10";
}

void write_accuracy(h5::Writer& file, const std::string& path, const learn::Accuracy& accuracy) {
  file.group(path);
  file.attribute(path, "samples", accuracy.samples);
  file.attribute(path, "points", accuracy.points);
  file.attribute(path, "r2", accuracy.r2);
  file.attribute(path, "mse", accuracy.mse);
  file.attribute(path, "mean", accuracy.mean);
  file.attribute(path, "median", accuracy.median);
  file.attribute(path, "p95", accuracy.p95);
  file.attribute(path, "p99", accuracy.p99);
  file.attribute(path, "max", accuracy.max);
  file.attribute(path, "roughness", accuracy.roughness);
}

learn::Accuracy read_accuracy(const h5::Reader& file, const std::string& path) {
  learn::Accuracy accuracy;
  accuracy.samples = file.count(path, "samples");
  accuracy.points = file.count(path, "points");
  accuracy.r2 = file.number(path, "r2");
  accuracy.mse = file.number(path, "mse");
  accuracy.mean = file.number(path, "mean");
  accuracy.median = file.number(path, "median");
  accuracy.p95 = file.number(path, "p95");
  accuracy.p99 = file.number(path, "p99");
  accuracy.max = file.number(path, "max");
  accuracy.roughness = file.number(path, "roughness");
  return accuracy;
}

void write_targets(h5::Writer& file, const std::string& path, const learn::Targets& targets) {
  file.group(path);
  file.attribute(path, "floor_dex", targets.floor_dex.value_or(std::nan("")));
  file.attribute(path, "baseline", std::string{learn::to_string(targets.baseline)});
  file.attribute(path, "form", std::string{learn::to_string(targets.form)});
  file.vector(path + "/mean", {targets.mean.data(), static_cast<std::size_t>(targets.mean.size())});
  file.matrix(path + "/coefficients", h5::Doubles{targets.coefficients});
  file.matrix(path + "/components", h5::Doubles{targets.components});
  file.vector(path + "/scale", {targets.scale.data(), static_cast<std::size_t>(targets.scale.size())});
}

Eigen::RowVectorXd row_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::RowVectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

/// Principal components are as many as there are scales.
learn::Targets read_targets(const h5::Reader& file, const std::string& path, std::uint64_t inputs,
                            std::uint64_t points) {
  learn::Targets targets;
  const double floor_dex = file.number(path, "floor_dex");
  if (!std::isnan(floor_dex)) targets.floor_dex = floor_dex;
  const auto baseline = file.text(path, "baseline");
  const auto form = file.text(path, "form");
  if (const auto word = learn::baseline_of(baseline))
    targets.baseline = *word;
  else
    file.damaged("attribute baseline of " + path, "is no baseline: `" + baseline + "`");
  if (const auto word = learn::target_form_of(form))
    targets.form = *word;
  else
    file.damaged("attribute form of " + path, "is no form: `" + form + "`");
  targets.mean = row_of(file.vector(path + "/mean"));
  if (targets.points() == 0 || (points > 0 && targets.points() != points))
    file.damaged("dataset " + path + "/mean", "has " + std::to_string(targets.points()) +
                                                  " points, and the output has " + std::to_string(points));
  targets.coefficients =
      file.matrix(path + "/coefficients", learn::monomial_count(targets.baseline, inputs), targets.points());
  targets.scale = row_of(file.vector(path + "/scale"));
  const auto scales = static_cast<std::uint64_t>(targets.scale.size());
  const bool projected = targets.form == learn::TargetForm::components;
  if (scales == 0 || (!projected && scales != targets.points()))
    file.damaged("dataset " + path + "/scale", "has " + std::to_string(scales) + " targets");
  targets.components = file.matrix(path + "/components", projected ? scales : 0, targets.points());
  return targets;
}

void write_network(h5::Writer& file, const std::string& path, const learn::Network& network) {
  file.group(path);
  file.attribute(path, "layers", learn::to_text(network.spec()));
  for (std::size_t k = 0; k < network.weights().size(); ++k) {
    const auto& weights = network.weights()[k];
    if (weights.weight.size() == 0) continue;
    const auto layer = path + '/' + std::to_string(k);
    const auto list = [&](const char* name, const Eigen::VectorXf& values) {
      file.vector(layer + '/' + name, std::span{values.data(), static_cast<std::size_t>(values.size())});
    };
    file.group(layer);
    file.matrix(layer + "/weight", weights.weight);
    list("bias", weights.bias);
    if (weights.alpha.size() > 0) {
      list("alpha", weights.alpha);
      list("beta", weights.beta);
    }
  }
}

learn::NetworkSpec read_layers(const h5::Reader& file, const std::string& path, std::uint64_t inputs) {
  learn::NetworkSpec spec;
  std::istringstream lines{file.text(path, "layers")};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    auto layer = learn::layer_from_text(line);
    if (const auto* fault = std::get_if<learn::LayerFault>(&layer))
      file.damaged("attribute layers of " + path,
                   "line " + std::to_string(spec.layers.size() + 1) + ": " + fault->what);
    spec.layers.push_back(std::get<learn::Layer>(std::move(layer)));
  }
  const auto shapes = learn::shapes_of(spec, inputs);
  if (const auto* fault = std::get_if<learn::LayerFault>(&shapes))
    file.damaged("attribute layers of " + path, fault->what);
  return spec;
}

learn::Network read_network(const h5::Reader& file, const std::string& path, std::uint64_t inputs) {
  auto spec = read_layers(file, path, inputs);
  std::vector<learn::Network::Weights> weights;
  for (const auto& shape : learn::weight_shapes(spec, inputs)) {
    auto& layer = weights.emplace_back();
    if (shape.rows == 0) continue;
    const auto place = path + '/' + std::to_string(weights.size() - 1);
    const auto list = [&](const char* name, std::uint64_t size) -> Eigen::VectorXf {
      const auto values = file.float_vector(place + '/' + name, size);
      return Eigen::Map<const Eigen::VectorXf>(values.data(), static_cast<Eigen::Index>(values.size()));
    };
    layer.weight = file.float_matrix(place + "/weight", shape.rows, shape.columns);
    layer.bias = list("bias", shape.bias);
    if (shape.gate == 0) continue;
    layer.alpha = list("alpha", shape.gate);
    layer.beta = list("beta", shape.gate);
  }
  return {std::move(spec), inputs, std::move(weights)};
}

void write_members(h5::Writer& file, const std::vector<Member>& members) {
  file.group("/members");
  for (std::size_t k = 0; k < members.size(); ++k) {
    const auto path = "/members/" + std::to_string(k);
    file.group(path);
    file.attribute(path, "trial", members[k].trial);
    file.attribute(path, "seed", members[k].seed);
    write_accuracy(file, path + "/accuracy", members[k].accuracy);
    write_targets(file, path + "/targets", members[k].targets);
    write_network(file, path + "/network", members[k].network);
  }
}

/// points: of the output, 0 if it has no axes that say so.
std::vector<Member> read_members(const h5::Reader& file, std::uint64_t inputs, std::uint64_t points) {
  std::vector<Member> members;
  for (std::size_t k = 0;; ++k) {
    const auto path = "/members/" + std::to_string(k);
    if (!file.has(path)) break;
    auto targets = read_targets(file, path + "/targets", inputs, points);
    auto network = read_network(file, path + "/network", inputs);
    points = targets.points();
    if (network.outputs() != static_cast<std::uint64_t>(targets.scale.size()))
      file.damaged("group " + path, "has a network of " + std::to_string(network.outputs()) +
                                        " outputs for " + std::to_string(targets.scale.size()) + " targets");
    members.push_back({std::move(targets), std::move(network), read_accuracy(file, path + "/accuracy"),
                       file.count(path, "trial"), file.count(path, "seed")});
  }
  if (members.empty()) file.damaged("group /members", "holds none");
  return members;
}

void write_spread(h5::Writer& file, const Surrogate& surrogate) {
  file.group("/spread");
  file.attribute("/spread", "scale", surrogate.spread_scale);
  file.attribute("/spread", "coverage_1", surrogate.coverage_1);
  file.attribute("/spread", "coverage_2", surrogate.coverage_2);
}

/// One list for both ways: `each(name, member)`.
template <class Record, class Each>
void each_fact(Record& record, Each each) {
  each("model", record.model);
  each("campaign", record.campaign);
  each("campaign_id", record.campaign_id);
  each("stages", record.stages);
  each("store_digest", record.store_digest);
  each("simulator_digest", record.simulator_digest);
  each("tranche_version", record.tranche_version);
  each("settings", record.settings);
  each("samples", record.samples);
  each("held_out", record.held_out);
  each("hold_out_share", record.hold_out_share);
  each("training_cpu_s", record.training_cpu_s);
  each("simulation_core_s", record.simulation_core_s);
}

constexpr const char* provenance_path = "/provenance";

struct ReadFact {
  const h5::Reader& file;
  void operator()(const char* name, std::string& value) const { value = file.text(provenance_path, name); }
  void operator()(const char* name, std::uint64_t& value) const { value = file.count(provenance_path, name); }
  void operator()(const char* name, double& value) const { value = file.number(provenance_path, name); }
};

void write_provenance(h5::Writer& file, const Provenance& provenance) {
  file.group(provenance_path);
  each_fact(provenance,
            [&](const char* name, const auto& value) { file.attribute(provenance_path, name, value); });
}

Provenance read_provenance(const h5::Reader& file) {
  Provenance provenance;
  each_fact(provenance, ReadFact{file});
  return provenance;
}

void check_format(const h5::Reader& file, const fs::path& path) {
  if (!file.has_attribute("/", format_name)) file.damaged("this", "is no surrogate of tranche");
  const auto found = file.count("/", format_name);
  if (found == 0) file.damaged(std::string{"attribute "} + format_name, "is 0");
  if (found > format)
    throw Failure{ExitCode::usage,
                  path.string() + " has format " + std::to_string(found) + ", and this tranche reads up to " +
                      std::to_string(format),
                  "use the tranche that wrote it, or a newer one"};
}

std::uint64_t points_of(const h5::Reader& file, const std::vector<Axis>& axes) {
  constexpr std::uint64_t most = std::uint64_t{1} << 32;
  std::uint64_t points = axes.empty() ? 0 : 1;
  for (const auto& axis : axes) {
    points *= axis.values.size();
    if (points == 0 || points > most) file.damaged("group /output/axes", "has no points, or too many");
  }
  return points;
}

}  // namespace

void save(const Surrogate& surrogate, const fs::path& path) {
  h5::Writer file;
  file.attribute("/", format_name, format);
  write_inputs(file, surrogate.inputs);
  write_constants(file, surrogate);
  write_output(file, surrogate);
  write_members(file, surrogate.members);
  write_accuracy(file, "/accuracy", surrogate.accuracy);
  write_spread(file, surrogate);
  write_provenance(file, surrogate.provenance);
  write_whole(path, file.bytes());
}

Surrogate load(const fs::path& path) {
  const auto bytes = read_whole(path);
  const h5::Reader file{path.string(), bytes};
  check_format(file, path);
  Surrogate surrogate;
  surrogate.inputs = read_inputs(file);
  surrogate.constants = read_constants(file);
  surrogate.constraints = file.texts("/constraints");
  surrogate.output = file.text("/output", "name");
  surrogate.output_unit = file.text("/output", "unit");
  surrogate.log10 = read_transform(file);
  surrogate.floor = file.number("/output", "floor");
  surrogate.axes = read_axes(file);
  surrogate.members = read_members(file, surrogate.inputs.size(), points_of(file, surrogate.axes));
  surrogate.accuracy = read_accuracy(file, "/accuracy");
  surrogate.spread_scale = file.number("/spread", "scale");
  surrogate.coverage_1 = file.number("/spread", "coverage_1");
  surrogate.coverage_2 = file.number("/spread", "coverage_2");
  surrogate.provenance = read_provenance(file);
  return surrogate;
}

}  // namespace tranche::surrogate
