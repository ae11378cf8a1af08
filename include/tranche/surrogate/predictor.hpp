/// \file
/// A surrogate as people use it: inputs fixed or linked, values, error bars, and a word on each point.
/// Layer: surrogate. evaluate() may be called by any number of threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tranche/surrogate/free_inputs.hpp"
#include "tranche/surrogate/runtime.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace tranche::surrogate {

/// What is wrong with a point. Bit k < 62: the surrogate's input k lies outside its range (62: or one after
/// the 62nd). Bit 63: a constraint of the campaign excludes it, so nothing like it was ever simulated.
using PointFlags = std::uint64_t;
constexpr PointFlags excluded_flag = std::uint64_t{1} << 63;
constexpr std::size_t last_input_flag = 62;

/// stored: as in the store, log10 if so declared. linear: in the output's own unit.
enum class Form : std::uint8_t { stored, linear };

class Predictor {
 public:
  /// \throws Failure{usage} as FreeInputs and Evaluator do
  Predictor(Surrogate surrogate, std::vector<Binding> bindings);
  ~Predictor();
  Predictor(const Predictor&) = delete;
  Predictor& operator=(const Predictor&) = delete;

  const Surrogate& surrogate() const noexcept { return surrogate_; }
  const FreeInputs& free_inputs() const noexcept { return free_; }
  const char* cpu() const noexcept { return evaluator_.cpu(); }
  /// Constraints that name something a surrogate does not carry (a derived quantity): they flag nothing.
  const std::vector<std::string>& unchecked() const noexcept { return unchecked_; }

  /// x: n x names, row after row. values: n x points. errors (or nullptr): n x points, error bars in stored
  /// units, NaN with one member. flags (or nullptr): n.
  void evaluate(const double* x, std::size_t n, Form form, double* values, double* errors,
                PointFlags* flags) const;
  /// all: n x inputs of the surrogate, as the formulas give them.
  void expand(const double* x, std::size_t n, double* all) const;

 private:
  struct Context;
  class Loan;

  Surrogate surrogate_;
  std::vector<Binding> bindings_;
  FreeInputs free_;
  Evaluator evaluator_;
  std::vector<std::string> unchecked_;
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

/// "delta = 60 lies outside [3, 50]", "excluded by gamma_max >= 2*gamma_min": one sentence a flag. all:
/// inputs.
std::vector<std::string> sentences(const Surrogate& surrogate, PointFlags flags, std::span<const double> all);

}  // namespace tranche::surrogate
