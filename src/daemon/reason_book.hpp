/// \file
/// Which reasons a campaign has seen, and an end to their number.
/// Layer: daemon, rank 0.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "tranche/base/run_record.hpp"

namespace tranche::daemon {

/// A reason is a type: there are a few. A simulator that writes numbers into its reasons invents a new one
/// for every sample; then what comes late is called `other`, and keeps its words in the message.
class ReasonBook {
 public:
  static constexpr std::size_t most = 1000;

  explicit ReasonBook(std::vector<std::string> known);

  /// Before a run is recorded.
  void settle(RunRecord& run);

 private:
  std::unordered_set<std::string> known_;
};

}  // namespace tranche::daemon
