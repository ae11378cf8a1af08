/// \file
/// Numbers at which a region may begin or end: round ones, and exactly those that are printed.
/// Layer: atlas (pure).
#pragma once

#include <string>
#include <vector>

#include "tranche/atlas/region.hpp"

namespace tranche::atlas {

/// 1, 2 or 5 times a power of ten (whole numbers: at least 1); 25 to 64 steps make up the axis.
double round_step(const Axis& axis);
/// The multiples of `step` strictly between `from` and `to`, each as its text reads.
std::vector<double> multiples_between(double from, double to, double step);
/// The shortest decimal text of a multiple: reading it gives `value` again.
std::string number_text(double value);

}  // namespace tranche::atlas
