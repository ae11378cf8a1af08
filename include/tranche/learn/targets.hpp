/// \file
/// From stored outputs to what a network is trained on, and exactly back.
/// Layer: learn (Eigen). Fitted in double, applied in float32. Everything it needs is data that a surrogate
/// carries along.
///
///   y -> soft floor -> - mean -> - baseline(u) -> value | derivative | components -> / scale -> z
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/learn/network.hpp"

namespace tranche::learn {

/// Polynomial in the scaled inputs that is subtracted before learning.
enum class Baseline : std::uint8_t { off, linear, cubic };
std::string_view to_string(Baseline baseline) noexcept;
std::optional<Baseline> baseline_of(std::string_view word) noexcept;

/// value: the numbers themselves. derivative: the mean of all points, then y[k+1] - y[k] (m targets again).
/// components: projections on the directions of largest variance.
enum class TargetForm : std::uint8_t { value, derivative, components };
std::string_view to_string(TargetForm form) noexcept;
std::optional<TargetForm> target_form_of(std::string_view word) noexcept;

/// global: one number so that all z lie in ]-1,1[ (derivative: one for the level, one for the differences).
/// each: one for each target; a point that hardly varies then weighs as much as the peak. A target that never
/// varies takes the global one.
enum class Scaling : std::uint8_t { global, each };
std::string_view to_string(Scaling scaling) noexcept;
std::optional<Scaling> scaling_of(std::string_view word) noexcept;

/// Monomials of `inputs` variables up to the baseline's degree, the constant first: 0, 1 + d, or
/// (d+3)(d+2)(d+1)/6.
std::uint64_t monomial_count(Baseline baseline, std::uint64_t inputs);
/// u: n x d; n x monomial_count. Order: 1, u0.., then for i<=j u_i u_j followed by its u_i u_j u_k, k>=j.
Eigen::MatrixXd monomials(Baseline baseline, const Eigen::Ref<const Eigen::MatrixXd>& u);
/// Normal equations of more would cost more than a training.
inline constexpr std::uint64_t most_monomials = 4000;
/// What is asked for or, where it has more than a quarter as many monomials as there are samples (or more
/// than most_monomials), the next lower one that has not: a polynomial through every sample would teach
/// noise.
Baseline baseline_for(Baseline asked, std::uint64_t inputs, std::uint64_t samples);

struct TargetOptions {
  /// Decades below a spectrum's largest value at which it is floored; nothing: as stored. Log10 outputs only.
  std::optional<double> floor_dex = 10;
  Baseline baseline = Baseline::cubic;
  TargetForm form = TargetForm::components;
  std::uint64_t components = 64;  ///< at most so many
  Scaling scaling = Scaling::global;
  bool operator==(const TargetOptions&) const = default;
};

/// y' = peak + log10(10^(y - peak) + 10^-dex): smooth, within 1e-9 dex of y above peak - dex + 9.
void soften(Eigen::Ref<Eigen::RowVectorXd> row, double dex);
/// Each row.
Eigen::MatrixXd softened(const std::optional<double>& dex, const Eigen::Ref<const Eigen::MatrixXd>& y);

class Targets {
 public:
  /// u: n x d scaled inputs in [-1,1]; y: n x m stored values of one output. The baseline is baseline_for()
  /// what is asked; components are fewer than asked where fewer vary. Holds one more copy of y while it
  /// works. \throws Failure{usage} if there are fewer than two rows, or the outputs are the same in all or
  /// not finite
  static Targets fit(const TargetOptions& options, const Eigen::Ref<const Eigen::MatrixXd>& u,
                     const Eigen::Ref<const Eigen::MatrixXd>& y);

  std::uint64_t count() const noexcept;  ///< of targets: columns of z
  std::uint64_t points() const noexcept { return static_cast<std::uint64_t>(mean.size()); }

  /// n x count. \throws Failure{usage} if y is not finite
  Matrix encode(const Eigen::Ref<const Eigen::MatrixXd>& u, const Eigen::Ref<const Eigen::MatrixXd>& y) const;
  /// n x m, as stored (with the soft floor in it).
  Eigen::MatrixXd decode(const Eigen::Ref<const Eigen::MatrixXd>& u, const Matrix& z) const;
  /// decode is linear in z: y = z * decoder() + monomials(u) * coefficients + mean. count x m.
  Eigen::MatrixXd decoder() const;

  // What a surrogate carries along.
  std::optional<double> floor_dex;
  Baseline baseline = Baseline::off;
  TargetForm form = TargetForm::value;
  Eigen::RowVectorXd mean;       ///< m
  Eigen::MatrixXd coefficients;  ///< monomials x m; of the baseline
  Eigen::MatrixXd components;    ///< K x m, orthonormal rows; form components only, else 0 x m
  Eigen::RowVectorXd scale;      ///< count; z lies in ]-1,1[ on what was fitted
};

}  // namespace tranche::learn
