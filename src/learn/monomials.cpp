#include "tranche/learn/targets.hpp"

namespace tranche::learn {

std::uint64_t monomial_count(Baseline baseline, std::uint64_t inputs) {
  if (baseline == Baseline::off) return 0;
  if (baseline == Baseline::linear) return 1 + inputs;
  return (inputs + 3) * (inputs + 2) * (inputs + 1) / 6;
}

Eigen::MatrixXd monomials(Baseline baseline, const Eigen::Ref<const Eigen::MatrixXd>& u) {
  const auto inputs = u.cols();
  const auto count = monomial_count(baseline, static_cast<std::uint64_t>(inputs));
  Eigen::MatrixXd powers(u.rows(), static_cast<Eigen::Index>(count));
  if (baseline == Baseline::off) return powers;
  Eigen::Index at = 0;
  powers.col(at++).setOnes();
  for (Eigen::Index i = 0; i < inputs; ++i) powers.col(at++) = u.col(i);
  if (baseline == Baseline::linear) return powers;
  for (Eigen::Index i = 0; i < inputs; ++i)
    for (Eigen::Index j = i; j < inputs; ++j) {
      const auto square = at++;
      powers.col(square) = u.col(i).cwiseProduct(u.col(j));
      for (Eigen::Index k = j; k < inputs; ++k) powers.col(at++) = powers.col(square).cwiseProduct(u.col(k));
    }
  return powers;
}

Baseline baseline_for(Baseline asked, std::uint64_t inputs, std::uint64_t samples) {
  const auto fits = [&](Baseline baseline) {
    const auto count = monomial_count(baseline, inputs);
    return 4 * count <= samples && count <= most_monomials;
  };
  if (asked == Baseline::cubic && fits(Baseline::cubic)) return Baseline::cubic;
  if (asked != Baseline::off && fits(Baseline::linear)) return Baseline::linear;
  return Baseline::off;
}

}  // namespace tranche::learn
