#include "tranche/surrogate/predictor.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <optional>
#include <utility>

#include "tranche/base/errors.hpp"

namespace tranche::surrogate {
namespace {

/// Points whose inputs are put together before they are evaluated.
constexpr std::size_t most_points = 96;

std::vector<std::string> constraint_names(const Surrogate& surrogate) {
  std::vector<std::string> names;
  for (const auto& input : surrogate.inputs) names.push_back(input.name);
  for (const auto& constant : surrogate.constants) names.push_back(constant.name);
  return names;
}

/// Nothing for one that names what a surrogate does not carry.
std::optional<expression::Expression> compiled(const std::string& text,
                                               const std::vector<std::string>& names) {
  try {
    return expression::Expression::compile(text, names);
  } catch (const expression::ExpressionError&) {
    return std::nullopt;
  }
}

std::string number(double value) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.6g", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

/// What one thread needs to itself.
struct Predictor::Context {
  Context(const Predictor& predictor)
      : free{predictor.free_},
        scratch{predictor.evaluator_},
        all(most_points * predictor.surrogate_.inputs.size()),
        numbers(predictor.surrogate_.inputs.size()) {
    for (const auto& constant : predictor.surrogate_.constants) numbers.push_back(constant.value);
    const auto names = constraint_names(predictor.surrogate_);
    for (const auto& text : predictor.surrogate_.constraints)
      if (auto constraint = compiled(text, names)) constraints.push_back(std::move(*constraint));
  }

  PointFlags flags(const Surrogate& surrogate, const double* point) {
    PointFlags found = 0;
    for (std::size_t k = 0; k < surrogate.inputs.size(); ++k) {
      numbers[k] = point[k];
      if (!surrogate.inputs[k].holds(point[k])) found |= PointFlags{1} << std::min(k, last_input_flag);
    }
    for (const auto& constraint : constraints) {
      const double holds = constraint(numbers);
      if (holds == 0 || std::isnan(holds)) found |= excluded_flag;  // as in the design
    }
    return found;
  }

  FreeInputs free;
  Evaluator::Scratch scratch;
  std::vector<double> all;      ///< inputs of some points
  std::vector<double> numbers;  ///< of one point, then constants
  std::vector<expression::Expression> constraints;
};

struct Predictor::Pool {
  std::mutex lock;
  std::vector<std::unique_ptr<Context>> idle;
};

/// A context for one call, given back at its end.
class Predictor::Loan {
 public:
  explicit Loan(const Predictor& predictor) : pool_{*predictor.pool_} {
    {
      const std::lock_guard held{pool_.lock};
      if (!pool_.idle.empty()) {
        context_ = std::move(pool_.idle.back());
        pool_.idle.pop_back();
      }
    }
    if (!context_) context_ = std::make_unique<Context>(predictor);
  }
  ~Loan() {
    const std::lock_guard held{pool_.lock};
    pool_.idle.push_back(std::move(context_));
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  Context& operator*() noexcept { return *context_; }

 private:
  Pool& pool_;
  std::unique_ptr<Context> context_;
};

Predictor::Predictor(Surrogate surrogate, std::vector<Binding> bindings)
    : surrogate_{std::move(surrogate)},
      bindings_{std::move(bindings)},
      free_{surrogate_, bindings_},
      evaluator_{surrogate_},
      pool_{std::make_unique<Pool>()} {
  const auto names = constraint_names(surrogate_);
  for (const auto& text : surrogate_.constraints)
    if (!compiled(text, names)) unchecked_.push_back(text);
}

Predictor::~Predictor() = default;

void Predictor::evaluate(const double* x, std::size_t n, Form form, double* values, double* errors,
                         PointFlags* flags) const {
  Loan loan{*this};
  auto& context = *loan;
  const auto inputs = surrogate_.inputs.size();
  const auto names = free_.names().size();
  const auto points = evaluator_.points();
  for (std::size_t begin = 0; begin < n; begin += most_points) {
    const auto count = std::min(most_points, n - begin);
    for (std::size_t row = 0; row < count; ++row) {
      const std::span all{context.all.data() + row * inputs, inputs};
      context.free.expand({x + (begin + row) * names, names}, all);
      if (flags != nullptr) flags[begin + row] = context.flags(surrogate_, all.data());
    }
    evaluator_(context.scratch, context.all.data(), count, values + begin * points,
               errors == nullptr ? nullptr : errors + begin * points);
  }
  const auto size = n * points;
  if (form == Form::linear && surrogate_.log10) {
    constexpr double log2_of_10 = 3.3219280948873623;
    std::transform(values, values + size, values, [](double value) { return std::exp2(value * log2_of_10); });
  }
  if (errors != nullptr)
    std::transform(errors, errors + size, errors,
                   [&](double spread) { return spread * surrogate_.spread_scale; });
}

void Predictor::expand(const double* x, std::size_t n, double* all) const {
  Loan loan{*this};
  const auto names = free_.names().size();
  for (std::size_t row = 0; row < n; ++row)
    (*loan).free.expand({x + row * names, names}, {all + row * free_.inputs(), free_.inputs()});
}

std::vector<std::string> sentences(const Surrogate& surrogate, PointFlags flags,
                                   std::span<const double> all) {
  std::vector<std::string> list;
  for (std::size_t k = 0; k < surrogate.inputs.size(); ++k) {
    const auto& input = surrogate.inputs[k];
    if ((flags >> std::min(k, last_input_flag) & 1) == 0 || input.holds(all[k])) continue;
    list.push_back(input.name + " = " + number(all[k]) + " lies outside [" + number(input.lo) + ", " +
                   number(input.hi) + ']');
  }
  if ((flags & excluded_flag) == 0) return list;
  std::string constraints;
  for (const auto& text : surrogate.constraints) constraints += (constraints.empty() ? "" : ", ") + text;
  list.push_back("excluded from the campaign by " + constraints);
  return list;
}

}  // namespace tranche::surrogate
