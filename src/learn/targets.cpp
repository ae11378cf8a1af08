#include "tranche/learn/targets.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "blocks.hpp"
#include "tranche/base/errors.hpp"
#include "word_table.hpp"

namespace tranche::learn {
namespace {

using Rows = Eigen::Ref<const Eigen::MatrixXd>;

constexpr WordTable<Baseline, 3> baselines{{"off", "linear", "cubic"}};
constexpr WordTable<TargetForm, 3> forms{{"value", "derivative", "components"}};
constexpr WordTable<Scaling, 2> scalings{{"global", "each"}};

/// z shall stay inside ]-1,1[ on what was fitted.
constexpr double headroom = 1.02;
/// Relative to the largest: what varies less is rounding.
constexpr double rounding = 1e-12;
/// The same of a variance summed over many rows.
constexpr double variance_rounding = 1e-15;

void require_finite(const Rows& y) {
  if (y.allFinite()) return;
  for (Eigen::Index row = 0; row < y.rows(); ++row)
    for (Eigen::Index k = 0; k < y.cols(); ++k)
      if (!std::isfinite(y(row, k)))
        throw Failure{ExitCode::usage,
                      "the outputs hold values that are not finite: the first is point " + std::to_string(k) +
                          " of row " + std::to_string(row),
                      "add `checks: [finite]` to the output, or leave those samples out"};
}

/// Least squares by the normal equations, block after block: some hundred unknowns, well scaled inputs.
Eigen::MatrixXd fit_baseline(Baseline baseline, const Rows& u, const Eigen::MatrixXd& rest) {
  const auto count =
      static_cast<Eigen::Index>(monomial_count(baseline, static_cast<std::uint64_t>(u.cols())));
  if (count == 0) return Eigen::MatrixXd(0, rest.cols());
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(count, count);
  Eigen::MatrixXd right = Eigen::MatrixXd::Zero(count, rest.cols());
  each_block(u.rows(), [&](Eigen::Index begin, Eigen::Index rows) {
    const Eigen::MatrixXd powers = monomials(baseline, u.middleRows(begin, rows));
    gram.noalias() += powers.transpose() * powers;
    right.noalias() += powers.transpose() * rest.middleRows(begin, rows);
  });
  // A parameter of few levels makes some monomials copies of others.
  gram.diagonal().array() += 1e-9 * gram.diagonal().maxCoeff();
  return gram.ldlt().solve(right);
}

/// Directions of largest variance, the largest first, as rows; none beyond what rounding leaves.
Eigen::MatrixXd principal_components(const Eigen::MatrixXd& centred, std::uint64_t most) {
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(centred.cols(), centred.cols());
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver{covariance};
  const auto& variances = solver.eigenvalues();  // ascending
  const double least = variance_rounding * variances.maxCoeff();
  const auto real = std::max<Eigen::Index>(1, (variances.array() > least).count());
  const auto count = std::min({static_cast<Eigen::Index>(std::min<std::uint64_t>(most, 1'000'000)), real,
                               std::max<Eigen::Index>(1, centred.rows() - 1)});
  return solver.eigenvectors().rightCols(count).rowwise().reverse().transpose();
}

/// The mean of each row, then the differences of neighbours.
Eigen::MatrixXd differentiated(const Eigen::MatrixXd& y) {
  Eigen::MatrixXd result(y.rows(), y.cols());
  result.col(0) = y.rowwise().mean();
  result.rightCols(y.cols() - 1) = y.rightCols(y.cols() - 1) - y.leftCols(y.cols() - 1);
  return result;
}

void integrate(Eigen::MatrixXd& values) {
  const Eigen::VectorXd level = values.col(0);
  values.col(0).setZero();
  for (Eigen::Index k = 1; k < values.cols(); ++k) values.col(k) += values.col(k - 1);
  const Eigen::VectorXd shift = level - values.rowwise().mean();
  values.colwise() += shift;
}

/// What is left of a block: in the target's form, not scaled.
Eigen::MatrixXd formed(const Targets& targets, Eigen::MatrixXd rest) {
  if (targets.form == TargetForm::components) return rest * targets.components.transpose();
  if (targets.form == TargetForm::derivative) return differentiated(rest);
  return rest;
}

/// From the largest of each target.
Eigen::RowVectorXd scale_for(const TargetOptions& options, const Eigen::RowVectorXd& largest) {
  Eigen::RowVectorXd scale = largest;
  if (options.scaling == Scaling::each) {
    // A target that never varies: any number will do.
    const double least = rounding * largest.maxCoeff();
    for (double& value : scale)
      if (value <= least) value = largest.maxCoeff();
  } else if (options.form == TargetForm::derivative && largest.size() > 1) {
    const double level = largest[0];
    const double difference = largest.tail(largest.size() - 1).maxCoeff();
    const double least = rounding * largest.maxCoeff();
    scale.setConstant(difference > least ? difference : level);
    scale[0] = level > least ? level : difference;
  } else {
    scale.setConstant(largest.maxCoeff());
  }
  return headroom * scale;
}

Eigen::MatrixXd without_baseline(const Targets& targets, const Rows& u, const Rows& y) {
  Eigen::MatrixXd rest = softened(targets.floor_dex, y);
  rest.rowwise() -= targets.mean;
  if (targets.coefficients.rows() > 0)
    rest.noalias() -= monomials(targets.baseline, u) * targets.coefficients;
  return rest;
}

}  // namespace

std::string_view to_string(Baseline baseline) noexcept {
  return baselines.word(baseline);
}

std::optional<Baseline> baseline_of(std::string_view word) noexcept {
  return baselines.value(word);
}

std::string_view to_string(TargetForm form) noexcept {
  return forms.word(form);
}

std::optional<TargetForm> target_form_of(std::string_view word) noexcept {
  return forms.value(word);
}

std::string_view to_string(Scaling scaling) noexcept {
  return scalings.word(scaling);
}

std::optional<Scaling> scaling_of(std::string_view word) noexcept {
  return scalings.value(word);
}

void soften(Eigen::Ref<Eigen::RowVectorXd> row, double dex) {
  row = softened(dex, Eigen::MatrixXd{row});
}

Eigen::MatrixXd softened(const std::optional<double>& dex, const Eigen::Ref<const Eigen::MatrixXd>& y) {
  Eigen::MatrixXd values = y;
  if (!dex || y.cols() == 0) return values;
  constexpr double ln10 = std::numbers::ln10;
  const double floor = std::pow(10.0, -*dex);
  each_block(y.rows(), [&](Eigen::Index begin, Eigen::Index rows) {
    auto block = values.middleRows(begin, rows);
    const Eigen::ArrayXd peak = block.rowwise().maxCoeff();
    for (auto column : block.colwise())
      column = peak + (((column.array() - peak) * ln10).exp() + floor).log() / ln10;
  });
  return values;
}

Targets Targets::fit(const TargetOptions& options, const Eigen::Ref<const Eigen::MatrixXd>& u,
                     const Eigen::Ref<const Eigen::MatrixXd>& y) {
  ensure(u.rows() == y.rows() && y.cols() > 0, "inputs and outputs have the same samples");
  if (y.rows() < 2)
    throw Failure{
        ExitCode::usage,
        "there is nothing to learn from " + std::to_string(y.rows()) + " sample(s): two are needed at least",
        "tranche run: more samples; or learn from a larger fraction of them"};
  require_finite(y);
  Targets targets;
  targets.floor_dex = options.floor_dex;
  targets.form = options.form;
  targets.baseline = baseline_for(options.baseline, static_cast<std::uint64_t>(u.cols()),
                                  static_cast<std::uint64_t>(u.rows()));
  Eigen::MatrixXd rest = softened(options.floor_dex, y);
  targets.mean = rest.colwise().mean();
  rest.rowwise() -= targets.mean;
  if (!(rest.cwiseAbs().maxCoeff() > rounding * targets.mean.cwiseAbs().maxCoeff()))
    throw Failure{ExitCode::usage, "the outputs are the same in every sample: there is nothing to learn",
                  "tranche try: do the parameters reach the simulator?"};
  targets.coefficients = fit_baseline(targets.baseline, u, rest);
  if (targets.coefficients.rows() > 0)
    each_block(rest.rows(), [&](Eigen::Index begin, Eigen::Index rows) {
      rest.middleRows(begin, rows).noalias() -=
          monomials(targets.baseline, u.middleRows(begin, rows)) * targets.coefficients;
    });
  targets.components.resize(0, y.cols());
  if (options.form == TargetForm::components)
    targets.components = principal_components(rest, std::max<std::uint64_t>(1, options.components));
  Eigen::RowVectorXd largest = Eigen::RowVectorXd::Zero(static_cast<Eigen::Index>(targets.count()));
  each_block(rest.rows(), [&](Eigen::Index begin, Eigen::Index rows) {
    largest = largest.cwiseMax(formed(targets, rest.middleRows(begin, rows)).cwiseAbs().colwise().maxCoeff());
  });
  // A baseline that says it all leaves nothing to divide by.
  if (!(largest.maxCoeff() > 0)) largest.setOnes();
  targets.scale = scale_for(options, largest);
  return targets;
}

std::uint64_t Targets::count() const noexcept {
  return static_cast<std::uint64_t>(form == TargetForm::components ? components.rows() : mean.size());
}

Matrix Targets::encode(const Eigen::Ref<const Eigen::MatrixXd>& u,
                       const Eigen::Ref<const Eigen::MatrixXd>& y) const {
  ensure(u.rows() == y.rows() && y.cols() == mean.size(), "outputs have the points that were fitted");
  require_finite(y);
  Matrix z(y.rows(), static_cast<Eigen::Index>(count()));
  each_block(y.rows(), [&](Eigen::Index begin, Eigen::Index rows) {
    const auto values =
        formed(*this, without_baseline(*this, u.middleRows(begin, rows), y.middleRows(begin, rows)));
    z.middleRows(begin, rows) = (values.array().rowwise() / scale.array()).cast<float>();
  });
  return z;
}

Eigen::MatrixXd Targets::decode(const Eigen::Ref<const Eigen::MatrixXd>& u, const Matrix& z) const {
  ensure(u.rows() == z.rows() && z.cols() == static_cast<Eigen::Index>(count()), "a number for each target");
  Eigen::MatrixXd y(z.rows(), mean.size());
  each_block(z.rows(), [&](Eigen::Index begin, Eigen::Index rows) {
    Eigen::MatrixXd values = z.middleRows(begin, rows).cast<double>().array().rowwise() * scale.array();
    if (form == TargetForm::components) values = values * components;
    if (form == TargetForm::derivative) integrate(values);
    if (coefficients.rows() > 0)
      values.noalias() += monomials(baseline, u.middleRows(begin, rows)) * coefficients;
    y.middleRows(begin, rows) = values.rowwise() + mean;
  });
  return y;
}

Eigen::MatrixXd Targets::decoder() const {
  const auto targets = static_cast<Eigen::Index>(count());
  Eigen::MatrixXd matrix = scale.asDiagonal() * Eigen::MatrixXd::Identity(targets, targets);
  if (form == TargetForm::components) return matrix * components;
  if (form == TargetForm::derivative) integrate(matrix);
  return matrix;
}

}  // namespace tranche::learn
