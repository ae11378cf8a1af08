/// \file
/// From stored samples to the rows a network learns from.
/// Layer: application (trainer).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "samples.hpp"
#include "training.hpp"
#include "tranche/learn/targets.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace tranche::trainer {

/// Samples as numbers in double, a row each.
struct Samples {
  Eigen::MatrixXd x;  ///< n x inputs, as in campaign.yaml
  Eigen::MatrixXd y;  ///< n x points, as stored
};

/// \throws Failure{usage} naming the first sample whose output is not finite
Samples read_samples(const SampleReader& reader, std::span<const SampleIndex> which);

class Encoder {
 public:
  /// Fits the targets to `which`, or to a part of them in long runs if they are many.
  Encoder(const SampleReader& reader, std::vector<surrogate::Input> inputs,
          const learn::TargetOptions& options, std::span<const SampleIndex> which);

  const learn::Targets& targets() const noexcept { return targets_; }
  const std::vector<surrogate::Input>& inputs() const noexcept { return inputs_; }
  /// What mean and baseline leave of what was fitted: its rms, as a share of the outputs' spread.
  double rest() const noexcept { return rest_; }
  /// A piece at a time: what it needs beside the result is small.
  TrainingSet encode(std::span<const SampleIndex> which) const;

 private:
  Eigen::MatrixXd scaled(const Eigen::MatrixXd& x) const;

  const SampleReader& reader_;
  std::vector<surrogate::Input> inputs_;
  learn::Targets targets_;
  double rest_ = 1;
};

/// Rows that do not fit into memory together: parts of many short blocks each, in an order by seed and epoch.
class PartedRows : public RowSource {
 public:
  /// `which`: ascending. A part has about `rows_a_part` rows.
  PartedRows(const Encoder& encoder, std::vector<SampleIndex> which, std::uint64_t rows_a_part,
             std::uint64_t seed);

  std::uint64_t rows() const override { return which_.size(); }
  std::uint64_t parts() const override { return parts_; }
  const TrainingSet& part(std::uint64_t epoch, std::uint64_t number) override;

  /// Of the smaller parts, but for the one with the last rows of all.
  std::uint64_t rows_a_part() const noexcept { return blocks_ / parts_ * block_rows; }

  static constexpr std::uint64_t block_rows = 1024;

 private:
  const Encoder& encoder_;
  std::vector<SampleIndex> which_;
  std::uint64_t blocks_;
  std::uint64_t parts_;
  std::uint64_t seed_;
  TrainingSet set_;
};

}  // namespace tranche::trainer
