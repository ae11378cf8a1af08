/// \file
/// What a caller still has to give when some inputs are fixed ("z=0.031") or linked
/// ("R=c*t_var*delta/(1+z)"). Layer: surrogate. Pure; one thread at a time (formulas are compiled into it).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/expression/expression.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace tranche::surrogate {

/// name = formula. The name: an input of the surrogate, or one that another formula uses. The formula: of
/// inputs, constants of the campaign and new names.
struct Binding {
  std::string name;
  std::string formula;
};

/// "z = 0.031". \throws Failure{usage} if there is no name or no formula
Binding parse_binding(std::string_view text);

class FreeInputs {
 public:
  /// \throws Failure{usage} for a name that means nothing (with the nearest one), a formula that is none, a
  /// name bound twice, a constant of the campaign bound to another value, names that depend on each other in
  /// a circle
  FreeInputs(const Surrogate& surrogate, const std::vector<Binding>& bindings);

  /// Inputs that are not bound, in the surrogate's order; then new names, as the formulas come to them.
  const std::vector<std::string>& names() const noexcept { return names_; }
  /// Names of the surrogate itself.
  std::size_t inputs() const noexcept { return inputs_; }
  /// The input of the surrogate that names()[k] is; -1 for a new name.
  int input_of(std::size_t k) const noexcept { return positions_[k]; }

  /// free: names().size() values; all: inputs() values. \pre the sizes
  void expand(std::span<const double> free, std::span<double> all);

 private:
  struct Step {
    std::size_t slot;
    expression::Expression formula;
  };

  std::size_t inputs_;
  std::vector<std::string> names_;
  std::vector<int> positions_;
  std::vector<std::size_t> free_slots_;  ///< of names_
  std::vector<Step> steps_;              ///< in an order in which each has what it uses
  std::vector<double> slots_;            ///< inputs, constants, new names
};

}  // namespace tranche::surrogate
