#include "tranche/surrogate/free_inputs.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"

namespace tranche::surrogate {
namespace {

using expression::Expression;
using expression::ExpressionError;

std::string trimmed(std::string_view text) {
  const auto blank = " \t";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return std::string{text.substr(first, text.find_last_not_of(blank) - first + 1)};
}

[[noreturn]] void refuse(const std::string& what, const std::string& fix = {}) {
  throw Failure{ExitCode::usage, what, fix};
}

std::optional<std::size_t> position(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

std::vector<std::string> known_names(const Surrogate& surrogate) {
  std::vector<std::string> names;
  for (const auto& input : surrogate.inputs) names.push_back(input.name);
  for (const auto& constant : surrogate.constants) names.push_back(constant.name);
  return names;
}

/// A name that it does not know is a new one.
Expression compile(const Binding& binding, std::vector<std::string>& names) {
  for (;;) {
    std::string unknown;
    try {
      return Expression::compile(binding.formula, names);
    } catch (const ExpressionError& error) {
      if (error.unknown_name().empty() || position(names, error.unknown_name()))
        refuse(binding.name + " = " + binding.formula + ": " + error.what());
      unknown = error.unknown_name();
    }
    names.push_back(unknown);
  }
}

struct Formula {
  std::size_t slot = 0;
  Expression formula;
  bool placed = false;
};

/// Depth first: what a formula uses comes before it.
class Order {
 public:
  Order(std::vector<Formula>& formulas, const std::vector<std::string>& names)
      : formulas_{formulas}, names_{names} {}

  std::vector<std::size_t> take() {
    for (std::size_t k = 0; k < formulas_.size(); ++k) visit(k);
    return std::move(order_);
  }

 private:
  void visit(std::size_t k) {
    auto& one = formulas_[k];
    if (one.placed) return;
    if (std::find(open_.begin(), open_.end(), k) != open_.end()) refuse_circle(k);
    open_.push_back(k);
    for (const auto& name : one.formula.uses())
      for (std::size_t other = 0; other < formulas_.size(); ++other)
        if (names_[formulas_[other].slot] == name) visit(other);
    open_.pop_back();
    one.placed = true;
    order_.push_back(k);
  }

  [[noreturn]] void refuse_circle(std::size_t k) const {
    std::string chain;
    for (auto at = std::find(open_.begin(), open_.end(), k); at != open_.end(); ++at)
      chain += names_[formulas_[*at].slot] + " -> ";
    const auto& name = names_[formulas_[k].slot];
    refuse(name + " depends on itself: " + chain + name, "give one of them as a number");
  }

  std::vector<Formula>& formulas_;
  const std::vector<std::string>& names_;
  std::vector<std::size_t> open_;
  std::vector<std::size_t> order_;
};

/// A constant stays what it was: the network has seen no other value.
void check_constants(const Surrogate& surrogate, const std::vector<Binding>& bindings) {
  for (const auto& binding : bindings)
    for (const auto& constant : surrogate.constants) {
      if (constant.name != binding.name) continue;
      const auto value = parse_number(binding.formula);
      if (!value || *value != constant.value)
        refuse(constant.name + " is a constant of the campaign: every sample had " +
                   std::to_string(constant.value),
               "leave out " + constant.name);
    }
}

void check_names(const Surrogate& surrogate, const std::vector<Binding>& bindings,
                 const std::vector<std::string>& names) {
  for (std::size_t k = 0; k < bindings.size(); ++k) {
    const auto& name = bindings[k].name;
    for (std::size_t other = 0; other < k; ++other)
      if (bindings[other].name == name) refuse(name + " is given twice");
    if (position(names, name)) continue;
    const auto known = known_names(surrogate);
    const auto near = did_you_mean(name, known);
    std::string list;
    for (const auto& input : surrogate.inputs) list += (list.empty() ? "" : ", ") + input.name;
    refuse('`' + name + "` is no input of this surrogate, and no formula uses it; its inputs: " + list,
           near ? "did you mean " + *near + '?' : "");
  }
}

}  // namespace

Binding parse_binding(std::string_view text) {
  const auto equals = text.find('=');
  Binding binding;
  if (equals != std::string_view::npos)
    binding = {trimmed(text.substr(0, equals)), trimmed(text.substr(equals + 1))};
  if (binding.name.empty() || binding.formula.empty())
    refuse('`' + std::string{text} + "` is not NAME=VALUE or NAME=FORMULA");
  return binding;
}

FreeInputs::FreeInputs(const Surrogate& surrogate, const std::vector<Binding>& bindings)
    : inputs_{surrogate.inputs.size()} {
  check_constants(surrogate, bindings);
  auto names = known_names(surrogate);
  const auto fixed = names.size();
  std::vector<Expression> compiled;
  for (const auto& binding : bindings) compiled.push_back(compile(binding, names));
  check_names(surrogate, bindings, names);

  std::vector<Formula> formulas;
  for (std::size_t k = 0; k < bindings.size(); ++k) {
    const auto slot = *position(names, bindings[k].name);
    if (slot < inputs_ || slot >= fixed) formulas.push_back({slot, compiled[k], false});
  }
  for (const auto k : Order{formulas, names}.take()) {
    // Compiled once more: by now every name has its place.
    steps_.push_back({formulas[k].slot, Expression::compile(formulas[k].formula.text(), names)});
  }
  slots_.resize(names.size());
  for (std::size_t k = 0; k < surrogate.constants.size(); ++k)
    slots_[inputs_ + k] = surrogate.constants[k].value;
  for (std::size_t slot = 0; slot < names.size(); ++slot) {
    const bool bound =
        std::any_of(formulas.begin(), formulas.end(), [&](const auto& one) { return one.slot == slot; });
    if (bound || (slot >= inputs_ && slot < fixed)) continue;
    names_.push_back(names[slot]);
    positions_.push_back(slot < inputs_ ? static_cast<int>(slot) : -1);
    free_slots_.push_back(slot);
  }
}

void FreeInputs::expand(std::span<const double> free, std::span<double> all) {
  for (std::size_t k = 0; k < free_slots_.size(); ++k) slots_[free_slots_[k]] = free[k];
  for (const auto& step : steps_) slots_[step.slot] = step.formula(slots_);
  std::copy_n(slots_.begin(), inputs_, all.begin());
}

}  // namespace tranche::surrogate
