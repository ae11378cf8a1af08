/// \file
/// A trained model of one output: what it takes, what it gives, and the numbers in between.
/// Layer: surrogate (HDF5). The plain form, as written by the trainer; the fast form is runtime.hpp.
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

/// A number that every simulated sample shared; expressions may name it.
struct Constant {
  std::string name;
  double value = 0;
};

/// The numbers it gives.
struct Axis {
  std::string name;
  std::string unit = "1";
  std::vector<double> values;
};

/// One trained network. Several are an ensemble: their mean is the prediction, their spread its uncertainty.
struct Member {
  learn::Targets targets;
  learn::Network network;
  learn::Accuracy accuracy;  ///< on the hold-out
  std::uint64_t trial = 0;
  std::uint64_t seed = 0;
};

struct Provenance {
  std::string model;  ///< its name under models/
  std::string campaign;
  std::string campaign_id;
  std::string stages;        ///< names whose samples were used
  std::string store_digest;  ///< of those stages, as sealed
  std::string simulator_digest;
  std::string tranche_version;
  std::string settings;       ///< JSON of the trial that was chosen
  std::uint64_t samples = 0;  ///< trained on
  std::uint64_t held_out = 0;
  double hold_out_share = 0;
  double training_cpu_s = 0;
  double simulation_core_s = 0;  ///< what one sample cost the simulator, mean; 0: unknown
};

/// What an ensemble says.
struct Prediction {
  Eigen::MatrixXd mean;    ///< n x points
  Eigen::MatrixXd spread;  ///< n x points: standard deviation of the members (divided by their number),
                           ///< before spread_scale; NaN with one member
};

struct Surrogate {
  std::vector<Input> inputs;
  std::vector<Constant> constants;
  std::vector<std::string> constraints;  ///< of the campaign; a point that breaks one was never simulated
  std::string output;
  std::string output_unit = "1";
  bool log10 = false;  ///< values are log10 of the output
  double floor = 0;    ///< log10: as in campaign.yaml
  std::vector<Axis> axes;
  std::vector<Member> members;  ///< one at least
  learn::Accuracy accuracy;     ///< of the mean of all, on the hold-out
  /// Ensemble: standard deviation of the members times this is the error bar; NaN with one member.
  double spread_scale = 0;  ///< of Prediction::spread
  double coverage_1 = 0;    ///< share of hold-out errors within one error bar, after scaling
  double coverage_2 = 0;
  Provenance provenance;

  std::uint64_t points() const noexcept { return members.front().targets.points(); }
  /// x: n x inputs, as in campaign.yaml; n x points, as stored (log10 if so declared). Points outside the
  /// ranges are evaluated as well: see inside().
  Eigen::MatrixXd evaluate(const Eigen::Ref<const Eigen::MatrixXd>& x) const;
  /// Mean and spread of the members.
  Prediction predict(const Eigen::Ref<const Eigen::MatrixXd>& x) const;
  /// The mean, of one member alone.
  Eigen::MatrixXd evaluate_member(std::size_t member, const Eigen::Ref<const Eigen::MatrixXd>& x) const;
  /// x: n x inputs; in [-1,1] inside the ranges.
  Eigen::MatrixXd scaled(const Eigen::Ref<const Eigen::MatrixXd>& x) const;
  /// Whether each parameter lies in its range.
  bool inside(std::span<const double> x) const noexcept;
};

/// Atomically: the file appears whole or not at all. \throws IoError
void save(const Surrogate& surrogate, const std::filesystem::path& path);
/// \throws IoError; DamageError naming the dataset (truncated, a piece missing or of another shape);
/// Failure{usage} if the format is newer than ours
Surrogate load(const std::filesystem::path& path);

}  // namespace tranche::surrogate
