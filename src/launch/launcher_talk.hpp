/// \file
/// What a launcher itself says on stderr. mpirun: blocks between two lines of dashes, and which signals it
/// passes on. srun: lines that begin with its name.
/// Layer: launch (pure).
#pragma once

#include <string>
#include <string_view>

namespace tranche::launch {

/// Keeps the blocks out of the user's sight: what matters in them is said in one sentence at the end.
class LauncherTalk {
 public:
  /// True if the line is the launcher's.
  bool takes(std::string_view line);

  /// `rank 1 on node n2 died: signal 9 (Killed)`; empty if no rank died.
  const std::string& death() const noexcept { return death_; }
  /// All other blocks, e.g. why nothing could be started.
  const std::string& text() const noexcept { return text_; }
  /// Slurm starts nothing in a job that has ended.
  bool job_is_over() const;

 private:
  void read(std::string_view line);
  bool takes_srun(std::string_view line);

  bool inside_ = false;
  std::string death_;
  std::string text_;
};

}  // namespace tranche::launch
