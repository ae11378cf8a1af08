/// \file
/// Reasons of failed samples, counted as epochs are committed: the contents of failures.json.
/// Layer: daemon, rank 0.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tranche/base/run_record.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::daemon {

/// Reading the reasons from the ledger costs as much as there are failures: done once, then kept up.
class FailureTable {
 public:
  /// Everything the ledger has.
  explicit FailureTable(const ledger::Ledger& ledger);
  /// A final run that has been committed; those that are ok count for nothing.
  void add(std::uint8_t stage, const RunRecord& run);
  /// Most frequent first.
  std::vector<directory::FailureRow> rows() const;

 private:
  using Key = std::tuple<std::uint8_t, std::string, std::string>;  ///< stage, state, reason
  std::map<Key, directory::FailureRow> rows_;
};

}  // namespace tranche::daemon
