#include <unistd.h>

#include <array>
#include <cmath>
#include <system_error>
#include <utility>

#include "h5_file.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace tranche::surrogate {
namespace {

namespace fs = std::filesystem;

constexpr double format = 1;
constexpr std::array scales{std::pair{Input::Scale::linear, "linear"}, std::pair{Input::Scale::log, "log"},
                            std::pair{Input::Scale::integer, "integer"},
                            std::pair{Input::Scale::levels, "levels"}};

std::string word(Input::Scale scale) {
  return scales[static_cast<std::size_t>(scale)].second;
}

std::string layer_path(std::size_t k) {
  return "/network/" + std::to_string(k);
}

void write_inputs(h5::Writer& file, const std::vector<Input>& inputs) {
  std::vector<std::string> names;
  std::vector<std::string> units;
  std::vector<std::string> words;
  std::vector<double> lo;
  std::vector<double> hi;
  for (const auto& input : inputs) {
    names.push_back(input.name);
    units.push_back(input.unit);
    words.push_back(word(input.scale));
    lo.push_back(input.lo);
    hi.push_back(input.hi);
  }
  file.group("/inputs");
  file.texts("/inputs/name", names);
  file.texts("/inputs/unit", units);
  file.texts("/inputs/scale", words);
  file.vector("/inputs/lo", lo);
  file.vector("/inputs/hi", hi);
}

std::vector<Input> read_inputs(const h5::Reader& file) {
  const auto names = file.texts("/inputs/name");
  const auto units = file.texts("/inputs/unit");
  const auto words = file.texts("/inputs/scale");
  const auto lo = file.vector("/inputs/lo");
  const auto hi = file.vector("/inputs/hi");
  if (units.size() != names.size() || words.size() != names.size() || lo.size() != names.size() ||
      hi.size() != names.size())
    throw DamageError{"/inputs: the lists have different lengths", "train again: tranche train"};
  std::vector<Input> inputs;
  for (std::size_t k = 0; k < names.size(); ++k) {
    Input input{names[k], units[k], Input::Scale::linear, lo[k], hi[k]};
    bool known = false;
    for (const auto& [scale, text] : scales)
      if (words[k] == text) input.scale = scale, known = true;
    if (!known)
      throw DamageError{"/inputs/scale: `" + words[k] + "` is no scale", "train again: tranche train"};
    inputs.push_back(std::move(input));
  }
  return inputs;
}

void write_output(h5::Writer& file, const Surrogate& surrogate) {
  file.group("/output");
  file.text("/output/name", surrogate.output);
  file.text("/output/unit", surrogate.output_unit);
  file.text("/output/transform", surrogate.log10 ? "log10" : "none");
  file.number("/output/floor", surrogate.floor);
  file.group("/output/axes");
  for (std::size_t k = 0; k < surrogate.axes.size(); ++k) {
    const auto path = "/output/axes/" + std::to_string(k);
    file.group(path);
    file.text(path + "/name", surrogate.axes[k].name);
    file.text(path + "/unit", surrogate.axes[k].unit);
    file.vector(path + "/values", surrogate.axes[k].values);
  }
}

std::vector<Axis> read_axes(const h5::Reader& file) {
  std::vector<Axis> axes;
  for (std::size_t k = 0;; ++k) {
    const auto path = "/output/axes/" + std::to_string(k);
    if (!file.has(path)) return axes;
    axes.push_back({file.text(path + "/name"), file.text(path + "/unit"), file.vector(path + "/values")});
  }
}

void write_targets(h5::Writer& file, const learn::Targets& targets) {
  file.group("/targets");
  file.number("/targets/floor_dex", targets.floor_dex.value_or(std::nan("")));
  file.text("/targets/baseline", std::string{learn::to_string(targets.baseline)});
  file.matrix("/targets/mean", Eigen::MatrixXd{targets.mean});
  file.matrix("/targets/coefficients", targets.coefficients);
  file.matrix("/targets/components", targets.components);
  file.number("/targets/amplitude", targets.amplitude);
}

learn::Targets read_targets(const h5::Reader& file) {
  learn::Targets targets;
  const double floor_dex = file.number("/targets/floor_dex");
  if (!std::isnan(floor_dex)) targets.floor_dex = floor_dex;
  const auto baseline = learn::baseline_of(file.text("/targets/baseline"));
  if (!baseline) throw DamageError{"/targets/baseline is none this tranche knows", "use the version that wrote it"};
  targets.baseline = *baseline;
  const auto mean = file.matrix("/targets/mean");
  targets.coefficients = file.matrix("/targets/coefficients");
  targets.components = file.matrix("/targets/components");
  targets.amplitude = file.number("/targets/amplitude");
  if (mean.rows() != 1 || (targets.coefficients.rows() > 0 && targets.coefficients.cols() != mean.cols()) ||
      (targets.components.rows() > 0 && targets.components.cols() != mean.cols()))
    throw DamageError{"/targets: the shapes do not fit each other", "train again: tranche train"};
  targets.mean = mean.row(0);
  return targets;
}

void write_network(h5::Writer& file, const learn::Network& network) {
  file.group("/network");
  file.text("/network/layers", learn::to_text(network.spec()));
  for (std::size_t k = 0; k < network.weights().size(); ++k) {
    file.group(layer_path(k));
    file.float_matrix(layer_path(k) + "/weight", network.weights()[k].weight);
    file.float_matrix(layer_path(k) + "/bias", learn::Matrix{network.weights()[k].bias.transpose()});
  }
}

learn::Network read_network(const h5::Reader& file, std::size_t inputs) {
  auto spec = learn::network_from_text(file.text("/network/layers"));
  std::vector<learn::Network::Weights> weights;
  for (std::size_t k = 0; k < spec.layers.size(); ++k) {
    const auto bias = file.float_matrix(layer_path(k) + "/bias");
    weights.push_back({file.float_matrix(layer_path(k) + "/weight"), bias.row(0).transpose()});
  }
  return {std::move(spec), inputs, std::move(weights)};
}

void write_accuracy(h5::Writer& file, const learn::Accuracy& accuracy) {
  file.group("/accuracy");
  file.number("/accuracy/samples", static_cast<double>(accuracy.samples));
  file.number("/accuracy/points", static_cast<double>(accuracy.points));
  file.number("/accuracy/r2", accuracy.r2);
  file.number("/accuracy/mse", accuracy.mse);
  file.number("/accuracy/mean", accuracy.mean);
  file.number("/accuracy/median", accuracy.median);
  file.number("/accuracy/p95", accuracy.p95);
  file.number("/accuracy/p99", accuracy.p99);
  file.number("/accuracy/max", accuracy.max);
  file.number("/accuracy/roughness", accuracy.roughness);
}

learn::Accuracy read_accuracy(const h5::Reader& file) {
  learn::Accuracy accuracy;
  accuracy.samples = static_cast<std::uint64_t>(file.number("/accuracy/samples"));
  accuracy.points = static_cast<std::uint64_t>(file.number("/accuracy/points"));
  accuracy.r2 = file.number("/accuracy/r2");
  accuracy.mse = file.number("/accuracy/mse");
  accuracy.mean = file.number("/accuracy/mean");
  accuracy.median = file.number("/accuracy/median");
  accuracy.p95 = file.number("/accuracy/p95");
  accuracy.p99 = file.number("/accuracy/p99");
  accuracy.max = file.number("/accuracy/max");
  accuracy.roughness = file.number("/accuracy/roughness");
  return accuracy;
}

void write_provenance(h5::Writer& file, const Provenance& provenance) {
  file.group("/provenance");
  file.text("/provenance/campaign", provenance.campaign);
  file.text("/provenance/campaign_id", provenance.campaign_id);
  file.text("/provenance/stages", provenance.stages);
  file.text("/provenance/store_digest", provenance.store_digest);
  file.text("/provenance/simulator_digest", provenance.simulator_digest);
  file.text("/provenance/tranche_version", provenance.tranche_version);
  file.number("/provenance/samples", static_cast<double>(provenance.samples));
  file.number("/provenance/seed", static_cast<double>(provenance.seed));
  file.number("/provenance/training_cpu_s", provenance.training_cpu_s);
}

Provenance read_provenance(const h5::Reader& file) {
  Provenance provenance;
  provenance.campaign = file.text("/provenance/campaign");
  provenance.campaign_id = file.text("/provenance/campaign_id");
  provenance.stages = file.text("/provenance/stages");
  provenance.store_digest = file.text("/provenance/store_digest");
  provenance.simulator_digest = file.text("/provenance/simulator_digest");
  provenance.tranche_version = file.text("/provenance/tranche_version");
  provenance.samples = static_cast<std::uint64_t>(file.number("/provenance/samples"));
  provenance.seed = static_cast<std::uint64_t>(file.number("/provenance/seed"));
  provenance.training_cpu_s = file.number("/provenance/training_cpu_s");
  return provenance;
}

}  // namespace

void save(const Surrogate& surrogate, const fs::path& path) {
  const fs::path temporary = path.string() + "." + std::to_string(::getpid()) + ".new";
  try {
    h5::Writer file{temporary};
    file.number("/tranche_surrogate", format);
    write_inputs(file, surrogate.inputs);
    write_output(file, surrogate);
    write_targets(file, surrogate.targets);
    write_network(file, surrogate.network);
    write_accuracy(file, surrogate.accuracy);
    write_provenance(file, surrogate.provenance);
    file.finish();
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
  std::error_code error;
  fs::rename(temporary, path, error);
  if (error) throw IoError{"rename " + temporary.string() + ": " + error.message()};
}

Surrogate load(const fs::path& path) {
  const h5::Reader file{path};
  const double found = file.number("/tranche_surrogate");
  if (found > format)
    throw Failure{ExitCode::usage,
                  path.string() + " has format " + std::to_string(static_cast<int>(found)) +
                      ", this tranche reads up to " + std::to_string(static_cast<int>(format)),
                  "use the version that wrote it, or a newer one"};
  auto inputs = read_inputs(file);
  const auto count = inputs.size();
  return {std::move(inputs),
          file.text("/output/name"),
          file.text("/output/unit"),
          file.text("/output/transform") == "log10",
          file.number("/output/floor"),
          read_axes(file),
          read_targets(file),
          read_network(file, count),
          read_accuracy(file),
          read_provenance(file)};
}

}  // namespace tranche::surrogate
