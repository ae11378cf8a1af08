/// \file
/// The fast form of a surrogate: the same numbers as Surrogate::evaluate() within 1e-5, hundreds of times as
/// fast. Layer: surrogate. Float32 between scaled inputs and residuals; inputs are scaled, and means added,
/// in double.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "tranche/surrogate/surrogate.hpp"

namespace tranche::surrogate {

/// Weights packed for this processor. Immutable: any number of threads may use it, each with a Scratch of its
/// own.
class Evaluator {
 public:
  /// What lies between the layers. Allocated once; one thread at a time.
  class Scratch {
   public:
    explicit Scratch(const Evaluator& evaluator);
    Scratch(Scratch&&) noexcept;
    Scratch& operator=(Scratch&&) noexcept;
    ~Scratch();

   private:
    friend class Evaluator;
    struct Buffers;
    std::unique_ptr<Buffers> buffers_;
  };

  /// Nothing of `surrogate` is needed afterwards. \throws Failure{usage} if TRANCHE_SURROGATE_CPU names
  /// instructions that this processor has not
  explicit Evaluator(const Surrogate& surrogate);
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;
  ~Evaluator();

  std::size_t inputs() const noexcept;
  std::size_t points() const noexcept;
  std::size_t members() const noexcept;
  /// plain, avx2 or avx512.
  const char* cpu() const noexcept;

  /// x: n x inputs() in the campaign's units, row after row. mean: n x points(), as stored. spread: the same
  /// shape, or nullptr; standard deviation of the members before spread_scale, NaN with one member. Allocates
  /// nothing.
  void operator()(Scratch& scratch, const double* x, std::size_t n, double* mean, double* spread) const;

 private:
  struct Plan;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace tranche::surrogate
