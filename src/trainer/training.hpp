/// \file
/// Training of one network by gradient descent. libtorch is behind it, not in it.
/// Layer: application (trainer).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "peers.hpp"
#include "tranche/learn/network.hpp"
#include "tranche/learn/trial.hpp"

namespace tranche::trainer {

struct TrainingSet {
  learn::Matrix x;  ///< n x inputs, in [-1,1]
  learn::Matrix z;  ///< n x targets
};

/// Where the rows to learn from are. An epoch comes in parts: one if all of them are in memory.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual std::uint64_t rows() const = 0;
  virtual std::uint64_t parts() const = 0;
  /// Valid until the next call. Depends on its arguments alone.
  virtual const TrainingSet& part(std::uint64_t epoch, std::uint64_t number) = 0;
};

class ResidentRows : public RowSource {
 public:
  explicit ResidentRows(TrainingSet set) : set_{std::move(set)} {}
  std::uint64_t rows() const override { return static_cast<std::uint64_t>(set_.x.rows()); }
  std::uint64_t parts() const override { return 1; }
  const TrainingSet& part(std::uint64_t, std::uint64_t) override { return set_; }

 private:
  TrainingSet set_;
};

struct TrainingOptions {
  learn::NetworkSpec network;
  std::optional<double> budget_s;       ///< processor time (cuda: time) of the schedule
  std::optional<std::uint64_t> epochs;  ///< or its length
  std::uint64_t batch = 64;             ///< over all peers
  double learning_rate = 3e-3;          ///< of the schedule's top
  double weight_decay = 1e-5;
  double clip = 1;             ///< norm of the gradient
  std::uint64_t patience = 0;  ///< in checks; 0: never stop early
  std::uint64_t seed = 1;
  int threads = 1;
  std::string device = "cpu";
  std::filesystem::path checkpoint;  ///< empty: none
  double checkpoint_s = 30;
  std::string identity;  ///< a checkpoint of another identity is not used
  /// The targets are what rounding leaves of the outputs: whoever learns nothing of them is no failure.
  bool targets_are_rounding = false;
  Peers* peers = nullptr;      ///< rank 0's checkpoint and targets_are_rounding hold for all
  std::function<bool()> stop;  ///< asked after every step; may be empty
};

/// A look at how it goes: 20 a schedule.
struct Check {
  std::uint64_t step = 0;
  double epoch = 0;
  double done = 0;        ///< share of the schedule
  double loss = 0;        ///< mean since the last check
  double check_loss = 0;  ///< of the check rows
  double r2 = 0;          ///< of the check rows' targets; 0: as good as the baseline alone
  double learning_rate = 0;
  double cpu_s = 0;
};

struct Trained {
  std::vector<learn::Network::Weights> weights;  ///< one a layer
  learn::TrialEnd end = learn::TrialEnd::ok;
  bool early = false;  ///< stopped by `patience`; the weights are the best ones seen
  std::string why;     ///< diverged, plateau: a sentence
  std::uint64_t steps = 0;
  double epochs = 0;
  double cpu_s = 0;
};

/// Told of a checkpoint that training goes on from, before the first check after it; 0: from the start.
using Resumed = std::function<void(std::uint64_t step, const std::string& note)>;

/// AdamW with a one-cycle schedule, mean squared error. Deterministic with `epochs`, one thread and one
/// machine; interrupted and resumed, or not. `check`: at least one row; looked at, never learned from by
/// itself. Collective if there are peers: `rows` is then the same on all of them. \pre one of budget_s and
/// epochs is set; at least one row \throws Failure{environment} if the device is not there
Trained train(RowSource& rows, const TrainingSet& check, const TrainingOptions& options,
              const std::function<void(const Check&)>& tell, const Resumed& resumed);

/// \throws Failure{environment} if this libtorch, or this machine, has no such device
void require_device(const std::string& name);

/// One thread for everything that computes, unless told otherwise.
void use_threads(int threads);

}  // namespace tranche::trainer
