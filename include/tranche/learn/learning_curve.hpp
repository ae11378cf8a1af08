/// \file
/// Error against the number of samples, and what more of them would bring.
/// Layer: learn (pure). No random numbers: the same points give the same answer.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tranche::learn {

struct CurvePoint {
  double samples = 0;
  double error = 0;
};

/// With an interval that holds the truth nine times in ten, if errors follow the curve.
struct CurveValue {
  double value = 0;  ///< as likely too high as too low
  double lo = 0;
  double hi = 0;
};

/// error = a N^-b + c, with 0.05 <= b <= 2 and c >= 0 (Hestness et al. 2017, Rosenfeld et al. 2020).
///
/// Three to six points never fix three numbers, so none is fixed: every pair of b and of the share of the
/// error at the largest N that more samples will not remove (c) counts by how well it fits the logarithms of
/// the errors, all pairs being equally likely before, and a follows. Trainings scatter about the curve by
/// what the points show and by 5 % at least; the interval holds that too, since it is one training that is
/// foretold.
class LearningCurve {
 public:
  /// Several points may share a number of samples. A text says why there is no curve: too few points, all at
  /// nearly the same number, an error that is no positive number, that does not fall, or that follows no such
  /// curve.
  static std::variant<LearningCurve, std::string> fit(const std::vector<CurvePoint>& points);

  /// Error of a training with so many samples. \pre samples >= 1
  CurveValue predict(double samples) const;
  /// Samples that an error needs: where predict() gives it. lo <= value <= hi; infinity: more than 10^15, or
  /// never. \pre error > 0
  CurveValue samples_for(double error) const;

  /// Relative scatter of trainings about the curve.
  double scatter() const noexcept { return scatter_; }

 private:
  /// ln e = level + ln(N^-b + rest), and how likely.
  struct Candidate {
    double b;
    double rest;
    double level;
    double weight;
  };

  /// ln e by each candidate.
  std::vector<double> expected(double samples) const;
  /// Share of trainings whose error is below exp(log_error).
  double share_below(const std::vector<double>& expected, double log_error) const;

  std::vector<Candidate> candidates_;  ///< weights add up to 1
  double scatter_ = 0;
  double width_ = 0;  ///< standard deviation of ln e of one training, for one candidate
};

}  // namespace tranche::learn
