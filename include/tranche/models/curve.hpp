/// \file
/// The learning curve of a model: what more samples would bring.
/// Layer: application library (learn).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tranche/directory/models.hpp"
#include "tranche/learn/learning_curve.hpp"

namespace tranche::models {

struct CurveReport {
  std::vector<learn::CurvePoint> points;  ///< samples learned from, median error
  std::string unit;                       ///< of the error
  double full = 0;                        ///< samples to learn from once the campaign is complete
  std::optional<learn::CurveValue> at_full;
  double target = 0;                       ///< the next round error below that
  std::optional<learn::CurveValue> needs;  ///< samples for it; infinity: no number of samples
  std::string text;  ///< `at 100 % expect 0.011 dex (0.009-0.014); 0.01 needs about 260 000`, or why not
};

/// `full`: samples to learn from once the campaign is complete.
CurveReport report_curve(std::vector<learn::CurvePoint> points, double full, const std::string& unit);

void write_curve(const directory::ModelPaths& paths, const CurveReport& report);
/// Its text; nothing if there is none, or none that can be read.
std::optional<std::string> curve_text(const directory::ModelPaths& paths);

}  // namespace tranche::models
