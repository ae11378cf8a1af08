/// \file
/// One training: what it is asked to do, and what it says in the end. The contract between `tranche train`,
/// which writes trials.json, and `tranche-train`, which works on one line of it. Layer: learn (pure data;
/// JSON at the edge: trial_json.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/learn/accuracy.hpp"
#include "tranche/learn/network.hpp"
#include "tranche/learn/targets.hpp"

namespace tranche::learn {

enum class Preset : std::uint8_t { residual, cnn, mlp, layers };
std::string_view to_string(Preset preset) noexcept;
std::optional<Preset> preset_of(std::string_view word) noexcept;

/// All a training depends on, beside the data.
struct TrialSettings {
  std::string output;     ///< name; empty: the first with an axis, else the first
  std::string stage;      ///< the last stage to learn from; empty: all that is recorded
  double fraction = 1;    ///< of the samples to learn from, by a hash of the index
  double hold_out = 0.1;  ///< share of all samples that no training sees
  Preset preset = Preset::residual;
  std::uint64_t width = 256;
  std::uint64_t blocks = 3;     ///< residual blocks, hidden layers of mlp
  std::uint64_t channels = 16;  ///< cnn
  std::vector<Layer>
      layers;  ///< preset layers: all but the last one, which is linear and as wide as the targets
  TargetOptions targets;
  std::uint64_t batch = 64;
  double learning_rate = 3e-3;
  double weight_decay = 1e-5;
  double clip = 1;
  std::optional<double> minutes;        ///< processor time of the schedule
  std::optional<std::uint64_t> epochs;  ///< or its length in epochs; neither: one minute
  std::uint64_t patience =
      0;  ///< stop early after so many checks (20 a schedule) without a better one; 0: never
  std::uint64_t seed = 1;
  int threads = 1;
  std::string device = "cpu";  ///< or cuda
  double window = 8;  ///< decades below a spectrum's peak in which errors are counted; not log10: all points
  double checkpoint_s = 30;  ///< processor time between checkpoints
  bool operator==(const TrialSettings&) const = default;
};

/// ok: went to the end of its schedule, or stopped early with a reason. diverged: loss ten times the first
/// one, or NaN. plateau: not better than the baseline after the warm-up. stopped: asked to, resumable.
enum class TrialEnd : std::uint8_t { ok, diverged, plateau, stopped };
std::string_view to_string(TrialEnd end) noexcept;
std::optional<TrialEnd> trial_end_of(std::string_view word) noexcept;

struct TrialResult {
  TrialEnd end = TrialEnd::ok;
  bool early = false;         ///< stopped by `patience`
  Accuracy accuracy;          ///< on the hold-out; all zero unless ok
  std::uint64_t samples = 0;  ///< learned from
  std::uint64_t held_out = 0;
  std::uint64_t parameters = 0;  ///< of the network
  double epochs = 0;
  double cpu_s = 0;
  double latency_us = 0;  ///< one spectrum, median, by the plain network here
};

/// The network a trial trains. \pre settings are valid: see trial_json.hpp
NetworkSpec network_of(const TrialSettings& settings, std::uint64_t targets);

}  // namespace tranche::learn
