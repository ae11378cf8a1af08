/// \file
/// The folder of one trial: what is in it, and who works in it.
/// Layer: application (trainer; POSIX files).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "tranche/learn/trial_json.hpp"

namespace tranche::trainer {

/// models/NAME/trials/0007, held by one process at a time.
class TrialFolder {
 public:
  /// Makes it if missing. What an older trial of other settings has left there goes away.
  /// \throws Failure{owned} if another process works in it; IoError
  TrialFolder(const std::filesystem::path& model, std::uint64_t trial, const learn::TrialSettings& settings);
  ~TrialFolder();
  TrialFolder(const TrialFolder&) = delete;
  TrialFolder& operator=(const TrialFolder&) = delete;

  std::filesystem::path surrogate() const { return path_ / "surrogate.h5"; }
  std::filesystem::path checkpoint() const { return path_ / "checkpoint.pt"; }
  std::filesystem::path history() const { return path_ / "history.jsonl"; }
  std::filesystem::path samples() const { return path_ / "samples.bin"; }
  std::filesystem::path result() const { return path_ / "result.json"; }

  /// What a finished trial has left. \throws DamageError
  std::optional<learn::TrialRecord> finished() const;
  /// Last of all: a trial with a result is finished.
  void finish(const learn::TrialRecord& record) const;

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace tranche::trainer
