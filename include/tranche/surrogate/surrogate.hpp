/// \file
/// A trained model of one output: what it takes, what it gives, and the numbers in between.
/// Layer: surrogate (HDF5, serial).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tranche/learn/accuracy.hpp"
#include "tranche/learn/network.hpp"
#include "tranche/learn/targets.hpp"

namespace tranche::surrogate {

/// A parameter, and its range in the campaign.
struct Input {
  enum class Scale : std::uint8_t { linear, log, integer, levels };
  std::string name;
  std::string unit = "1";
  Scale scale = Scale::linear;
  double lo = 0;
  double hi = 1;

  /// -1 at lo, 1 at hi, evenly in its own scale between them.
  double scaled(double value) const;
  bool holds(double value) const noexcept { return value >= lo && value <= hi; }
};

/// The numbers it gives.
struct Axis {
  std::string name;
  std::string unit = "1";
  std::vector<double> values;
};

struct Provenance {
  std::string campaign;
  std::string campaign_id;
  std::string stages;            ///< names whose samples were used
  std::string store_digest;      ///< of those stages, as sealed
  std::string simulator_digest;
  std::string tranche_version;
  std::uint64_t samples = 0;     ///< trained on
  std::uint64_t seed = 0;
  double training_cpu_s = 0;
};

struct Surrogate {
  std::vector<Input> inputs;
  std::string output;
  std::string output_unit = "1";
  bool log10 = false;  ///< values are log10 of the output
  double floor = 0;    ///< log10: as in campaign.yaml
  std::vector<Axis> axes;
  learn::Targets targets;
  learn::Network network;
  learn::Accuracy accuracy;  ///< on the hold-out
  Provenance provenance;

  /// x: n x inputs, as in campaign.yaml; n x points, as stored (log10 if so declared). Points outside the
  /// ranges are evaluated as well: see inside().
  Eigen::MatrixXd evaluate(const Eigen::Ref<const Eigen::MatrixXd>& x) const;
  /// Whether each parameter lies in its range.
  bool inside(std::span<const double> x) const noexcept;
};

/// Atomically: the file appears whole or not at all. \throws IoError
void save(const Surrogate& surrogate, const std::filesystem::path& path);
/// \throws IoError; DamageError naming the dataset (truncated, a piece missing or of another shape);
/// Failure{usage} if the format is newer than ours
Surrogate load(const std::filesystem::path& path);

}  // namespace tranche::surrogate
