/// \file
/// Dimensional analysis of a formula. Layer: adapter (units).
#include "tranche/units/infer.hpp"

#include <algorithm>

#include "dimension_parser.hpp"

namespace tranche::units {

InferredUnit infer(const UnitSystem& system, std::string_view formula, const UnitOfName& units) {
  try {
    DimensionParser parser(system, formula, units);
    const Quantity result = parser.run();
    InferredUnit inferred;
    if (result.is_known()) inferred.unit = result.unit();
    inferred.problems = parser.take_problems();
    std::stable_sort(inferred.problems.begin(), inferred.problems.end(),
                     [](const UnitProblem& a, const UnitProblem& b) { return a.position < b.position; });
    return inferred;
  } catch (const NotAFormula&) {
    return {};
  }
}

std::vector<UnitProblem> check(const UnitSystem& system, std::string_view formula, const UnitOfName& units,
                               std::string_view declared) {
  const Quantity wanted = Quantity::of(system.parse(declared));
  InferredUnit inferred = infer(system, formula, units);
  if (!inferred.unit) return std::move(inferred.problems);
  if (auto problem = clash(Quantity::of(inferred.unit), wanted)) {
    problem->message = "gives '" + inferred.unit->text() + "', but is declared in '" + std::string(declared) +
                       "': " + problem->message;
    inferred.problems.push_back(std::move(*problem));
  }
  return std::move(inferred.problems);
}

}  // namespace tranche::units
