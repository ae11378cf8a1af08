/// \file
/// Predictions for people and for other programs.
/// Layer: application (cli).
#pragma once

#include <optional>
#include <string>

#include "context.hpp"
#include "json_output.hpp"
#include "simulated.hpp"
#include "tranche/surrogate/predictions.hpp"

namespace tranche::cli {

struct PredictionView {
  std::string model;  ///< as a person would name it
  const surrogate::Predictor& predictor;
  const surrogate::Predictions& predictions;  ///< at least one point
  surrogate::Form form = surrogate::Form::stored;
  std::optional<Simulated> beside;  ///< of the only point
};

/// Absolute errors of the only prediction against what was simulated, within 8 decades of its peak (not
/// log10: all). \pre beside has values, form stored
learn::Accuracy against(const PredictionView& view);

/// A drawing, and some of the numbers.
std::string text_of(const PredictionView& view, const inspect::TextStyle& style);
/// One point: a line for each place on the axis. A table: a line a point, its numbers first.
enum class CsvShape : std::uint8_t { point, table };
std::string csv_of(const PredictionView& view, CsvShape shape);
Json json_of(const PredictionView& view);

}  // namespace tranche::cli
