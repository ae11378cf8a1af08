/// \file
/// Reasons of samples that are not ok, counted, with a random part of the samples: the contents of
/// failures.json.
/// Layer: application library (ledger, published files).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "tranche/atlas/index_sample.hpp"
#include "tranche/base/run_record.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::inspect {

/// How many samples are kept to say where a reason occurs.
struct SampleSizes {
  std::size_t of_reason = 500;
  std::size_t finished = 4000;
  std::size_t rows = 20;  ///< the most frequent ones, which are summed up with their samples
};

/// Reading the ledger costs as much as there are failures, and 2 ns a finished sample: a live owner does it
/// once, then keeps the table up.
class FailureTable {
 public:
  /// Everything the ledger has.
  explicit FailureTable(const ledger::Ledger& ledger, SampleSizes sizes = {});
  /// A run that has been committed. What was tried again counts in the time lost only.
  void add(std::uint8_t stage, const RunRecord& run);
  /// Most frequent first.
  directory::Failures summary() const;

 private:
  using Key = std::tuple<std::uint8_t, std::string, std::string>;  ///< stage, state, reason
  struct Entry {
    directory::FailureRow row;
    atlas::IndexSample sample;
  };

  Entry& entry(std::uint8_t stage, SampleState state, const std::string& reason);
  void read_stage(const ledger::Ledger& ledger, StageKey stage);

  SampleSizes sizes_;
  std::map<Key, Entry> rows_;
  atlas::IndexSample finished_;
};

}  // namespace tranche::inspect
