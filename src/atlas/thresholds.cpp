#include "thresholds.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace tranche::atlas {
namespace {

constexpr double most_steps = 64;

}  // namespace

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

double round_step(const Axis& axis) {
  const double least = (axis.hi - axis.lo) / most_steps;
  if (!(least > 0) || !std::isfinite(least)) return 0;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= least) step = factor * power;
  return axis.kind == Axis::Kind::integer ? std::fmax(1, step) : step;
}

std::vector<double> multiples_between(double from, double to, double step) {
  std::vector<double> multiples;
  if (!(step > 0)) return multiples;
  for (double k = std::floor(from / step); k * step < to + step; ++k) {
    const double multiple = std::strtod(number_text(k * step).c_str(), nullptr);
    if (multiple > from && multiple < to) multiples.push_back(multiple);
  }
  return multiples;
}

}  // namespace tranche::atlas
