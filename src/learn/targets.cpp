#include "tranche/learn/targets.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tranche::learn {
namespace {

constexpr std::array baseline_names{std::pair{Baseline::off, std::string_view{"off"}},
                                    std::pair{Baseline::linear, std::string_view{"linear"}},
                                    std::pair{Baseline::cubic, std::string_view{"cubic"}}};

/// z shall stay inside ]-1,1[ on what was fitted.
constexpr double headroom = 1.02;

Eigen::MatrixXd floored(const std::optional<double>& dex, const Eigen::Ref<const Eigen::MatrixXd>& y) {
  Eigen::MatrixXd values = y;
  if (!dex) return values;
  for (Eigen::Index row = 0; row < values.rows(); ++row) {
    Eigen::RowVectorXd one = values.row(row);
    soften(one, *dex);
    values.row(row) = one;
  }
  return values;
}

/// Least squares by the normal equations: a few hundred unknowns, well scaled inputs.
Eigen::MatrixXd least_squares(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  Eigen::MatrixXd gram = a.transpose() * a;
  // As many samples as unknowns need not be there.
  gram.diagonal().array() += 1e-9 * gram.diagonal().maxCoeff();
  return gram.ldlt().solve(a.transpose() * b);
}

/// Directions of largest variance, the largest first, as rows.
Eigen::MatrixXd principal_components(const Eigen::MatrixXd& centred, std::uint64_t most) {
  const Eigen::MatrixXd covariance =
      centred.transpose() * centred / static_cast<double>(std::max<Eigen::Index>(1, centred.rows()));
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver{covariance};
  const auto count = std::min(static_cast<Eigen::Index>(most), covariance.rows());
  return solver.eigenvectors().rightCols(count).rowwise().reverse().transpose();
}

}  // namespace

std::string_view to_string(Baseline baseline) noexcept {
  return baseline_names[static_cast<std::size_t>(baseline)].second;
}

std::optional<Baseline> baseline_of(std::string_view word) noexcept {
  const auto found = std::ranges::find(baseline_names, word, [](const auto& pair) { return pair.second; });
  if (found == baseline_names.end()) return std::nullopt;
  return found->first;
}

std::uint64_t monomial_count(Baseline baseline, std::uint64_t inputs) {
  if (baseline == Baseline::off) return 0;
  if (baseline == Baseline::linear) return 1 + inputs;
  return (inputs + 3) * (inputs + 2) * (inputs + 1) / 6;
}

Eigen::MatrixXd monomials(Baseline baseline, const Eigen::Ref<const Eigen::MatrixXd>& u) {
  const auto inputs = u.cols();
  Eigen::MatrixXd powers(u.rows(), static_cast<Eigen::Index>(monomial_count(
                                       baseline, static_cast<std::uint64_t>(inputs))));
  if (baseline == Baseline::off) return powers;
  Eigen::Index at = 0;
  powers.col(at++).setOnes();
  for (Eigen::Index i = 0; i < inputs; ++i) powers.col(at++) = u.col(i);
  if (baseline == Baseline::linear) return powers;
  for (Eigen::Index i = 0; i < inputs; ++i)
    for (Eigen::Index j = i; j < inputs; ++j) {
      powers.col(at++) = u.col(i).cwiseProduct(u.col(j));
      for (Eigen::Index k = j; k < inputs; ++k)
        powers.col(at++) = u.col(i).cwiseProduct(u.col(j)).cwiseProduct(u.col(k));
    }
  return powers;
}

void soften(Eigen::Ref<Eigen::RowVectorXd> row, double dex) {
  const double peak = row.maxCoeff();
  const double floor = std::pow(10.0, -dex);
  for (auto& value : row) value = peak + std::log10(std::pow(10.0, value - peak) + floor);
}

Targets Targets::fit(const TargetOptions& options, const Eigen::Ref<const Eigen::MatrixXd>& u,
                     const Eigen::Ref<const Eigen::MatrixXd>& y) {
  if (!y.allFinite())
    throw Failure{ExitCode::usage, "the outputs hold values that are not finite",
                  "add `checks: [finite]` to the output, or leave those samples out"};
  Targets targets;
  targets.floor_dex = options.floor_dex;
  targets.baseline = options.baseline;
  Eigen::MatrixXd rest = floored(options.floor_dex, y);
  targets.mean = rest.colwise().mean();
  rest.rowwise() -= targets.mean;
  const Eigen::MatrixXd powers = monomials(options.baseline, u);
  if (powers.cols() > 0) {
    targets.coefficients = least_squares(powers, rest);
    rest -= powers * targets.coefficients;
  } else {
    targets.coefficients.resize(0, y.cols());
  }
  targets.components.resize(0, y.cols());
  if (options.components > 0) {
    targets.components = principal_components(rest, options.components);
    rest = rest * targets.components.transpose();
  }
  const double largest = rest.cwiseAbs().maxCoeff();
  if (!(largest > 0))
    throw Failure{ExitCode::usage, "the outputs are the same in every sample: there is nothing to learn",
                  "tranche try: do the parameters reach the simulator?"};
  targets.amplitude = headroom * largest;
  return targets;
}

std::uint64_t Targets::count() const noexcept {
  return static_cast<std::uint64_t>(components.rows() > 0 ? components.rows() : mean.size());
}

Matrix Targets::encode(const Eigen::Ref<const Eigen::MatrixXd>& u,
                       const Eigen::Ref<const Eigen::MatrixXd>& y) const {
  Eigen::MatrixXd rest = floored(floor_dex, y);
  rest.rowwise() -= mean;
  if (coefficients.rows() > 0) rest -= monomials(baseline, u) * coefficients;
  if (components.rows() > 0) rest = rest * components.transpose();
  return (rest / amplitude).cast<float>();
}

Eigen::MatrixXd Targets::decode(const Eigen::Ref<const Eigen::MatrixXd>& u, const Matrix& z) const {
  Eigen::MatrixXd values = z.cast<double>() * amplitude;
  if (components.rows() > 0) values = values * components;
  if (coefficients.rows() > 0) values += monomials(baseline, u) * coefficients;
  values.rowwise() += mean;
  return values;
}

}  // namespace tranche::learn
