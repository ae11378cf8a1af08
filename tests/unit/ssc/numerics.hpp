/// \file
/// Small numerical helpers of the SSC tests.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

namespace ssc::test {

/// Int f dx from `from` to `to` by the trapezium rule in ln x.
inline double integrate(std::function<double(double)> const& f, double from, double to,
                        int intervals = 4000) {
  double const step = std::log(to / from) / intervals;
  double sum = 0;
  for (int k = 0; k <= intervals; ++k) {
    double const x = from * std::exp(step * k);
    sum += (k == 0 || k == intervals ? 0.5 : 1.0) * f(x) * x;
  }
  return sum * step;
}

struct Maximum {
  double at;
  double value;
};

/// Largest value of a function with one hump, by golden-section search in ln x.
inline Maximum maximise(std::function<double(double)> const& f, double from, double to) {
  double a = std::log(from), b = std::log(to);
  double const golden = 0.6180339887498949;
  for (int k = 0; k < 100; ++k) {
    double const c = b - golden * (b - a), d = a + golden * (b - a);
    if (f(std::exp(c)) > f(std::exp(d)))
      b = d;
    else
      a = c;
  }
  double const at = std::exp(0.5 * (a + b));
  return {at, f(at)};
}

/// `count` points from `from` to `to` with equal ratios, both ends included.
inline std::vector<double> log_points(double from, double to, int count) {
  std::vector<double> points;
  for (int k = 0; k < count; ++k)
    points.push_back(std::pow(10.0, std::log10(from) + k * std::log10(to / from) / (count - 1)));
  return points;
}

/// d ln f / d ln x at x.
inline double log_slope(std::function<double(double)> const& f, double x) {
  double const h = 0.05;
  return std::log(f(x * std::exp(h)) / f(x * std::exp(-h))) / (2.0 * h);
}

/// Pitch-angle averaged synchrotron spectrum with Bessel functions (Crusius & Schlickeiser 1986).
inline double exact_synchrotron_kernel(double x) {
  double const k43 = std::cyl_bessel_k(4.0 / 3.0, 0.5 * x);
  double const k13 = std::cyl_bessel_k(1.0 / 3.0, 0.5 * x);
  return 0.5 * x * x * (k43 * k13 - 0.3 * x * (k43 * k43 - k13 * k13));
}

}  // namespace ssc::test
