/// \file
/// What needs no training: predictions that a network has to be better than.
/// Layer: learn (Eigen). Deterministic.
#pragma once

#include <Eigen/Core>

namespace tranche::learn {

/// The outputs of the sample that is nearest in the scaled box.
/// u: n x d, scaled as a surrogate's inputs; y: n x m; at: k x d, scaled likewise. k x m, in the units of y.
/// \pre n >= 1. O(n k d); the first of several that are equally near.
Eigen::MatrixXd nearest_neighbour(const Eigen::Ref<const Eigen::MatrixXd>& u,
                                  const Eigen::Ref<const Eigen::MatrixXd>& y,
                                  const Eigen::Ref<const Eigen::MatrixXd>& at);

/// Least squares of all monomials up to degree two with a ridge (Hoerl & Kennard 1970) that predicts a fifth
/// of the samples best from the others; of degree one where there would be over most_monomials. As above;
/// outputs with a few numbers far below all others (log10 of nothing) want softened() first. \pre n >= 2, all
/// finite
Eigen::MatrixXd quadratic_ridge(const Eigen::Ref<const Eigen::MatrixXd>& u,
                                const Eigen::Ref<const Eigen::MatrixXd>& y,
                                const Eigen::Ref<const Eigen::MatrixXd>& at);

}  // namespace tranche::learn
