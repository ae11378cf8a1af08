/// \file
/// Rows worked on a few thousand at a time, so that little is held in memory beside the data.
/// Layer: learn (private).
#pragma once

#include <Eigen/Core>
#include <algorithm>

namespace tranche::learn {

inline constexpr Eigen::Index block_rows = 4096;

/// work(first row, number of rows), in order.
template <class Work>
void each_block(Eigen::Index rows, const Work& work) {
  for (Eigen::Index begin = 0; begin < rows; begin += block_rows)
    work(begin, std::min(block_rows, rows - begin));
}

}  // namespace tranche::learn
