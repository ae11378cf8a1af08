/// \file
/// When the current stage is done, against the end of the allocation.
/// Layer: application (cli), pure.
#pragma once

#include <optional>

namespace tranche::cli {

struct Allotment {
  double eta_s = 0;     ///< work left at the current rate
  double left_s = 0;    ///< of this allocation
  double length_s = 0;  ///< of an allocation
};

struct Estimate {
  double beyond_s = 0;      ///< how long before the work would be done this allocation ends; negative: after
  unsigned more_links = 0;  ///< allocations of that length after this one
};

/// A run keeps the end of an allocation for its final epoch.
Estimate estimate(const Allotment& allotment);

}  // namespace tranche::cli
