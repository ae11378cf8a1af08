/// \file
/// How stages, samples and runs are called in messages. Layer: adapter, pure, private.
#pragma once

#include <string>

#include "tranche/base/ids.hpp"

namespace tranche::ledger {

inline std::string name_of(StageKey key) {
  std::string name{'r'};
  name += std::to_string(key.revision);
  name += ".s";
  return name += std::to_string(key.stage);
}
inline std::string name_of(std::uint16_t revision, SampleIndex index) {
  std::string name{'r'};
  name += std::to_string(revision);
  name += ':';
  return name += std::to_string(index);
}
inline std::string name_of(RunId id) {
  return name_of(id.revision(), id.index()) + " attempt " + std::to_string(id.attempt());
}

/// Keys of all runs of a range, both ends included.
struct KeyRange {
  std::int64_t first = 0;
  std::int64_t last = -1;
};
inline KeyRange keys_of(std::uint16_t revision, IndexRange range) {
  if (range.empty()) return {};
  return {RunId{revision, range.begin, 0}.value(), RunId{revision, range.end - 1, 255}.value()};
}

}  // namespace tranche::ledger
