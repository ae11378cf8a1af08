/// \file
/// What both forms of a model card say in the same words.
/// Layer: models (private, pure).
#pragma once

#include <string>
#include <vector>

#include "tranche/models/card.hpp"

namespace tranche::models::words {

/// Three digits; `-` if it is no number.
std::string number(double value);
/// As many nines as it has, and two digits behind them.
std::string r2(double value);

/// Of errors: ` dex`, ` Hz`, or nothing.
std::string error_unit(const surrogate::Surrogate& surrogate);
/// `points within 8 decades of a spectrum's peak`, or `all points`.
std::string counted_points(double window);

struct Fact {
  std::string name;
  std::string value;
};
std::vector<Fact> identity(const ModelCard& card);
std::vector<Fact> accuracy(const ModelCard& card);
std::vector<Fact> speed(const ModelCard& card);
std::vector<Fact> provenance(const ModelCard& card);

/// name, unit, scale, from, to.
std::vector<std::string> range_row(const surrogate::Input& input);

/// `B = 3.2 gauss, R = 1e+16 cm` of a row.
std::string point_text(const ModelCard& card, std::size_t row);

}  // namespace tranche::models::words
