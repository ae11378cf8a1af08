// make_surrogate FILE [--seed N] [--members K] [--points M] [--form value|derivative|components] [--baseline
// B] [--layers L]
//
// For tests in other languages: writes a surrogate with random weights. L: lines of a layer list, separated
// by commas. Prints what the plain evaluation gives at the middle of every range, one number a line.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "support/random_surrogate.hpp"

int main(int count, char** words) {
  tranche::test::RandomSurrogate wish;
  for (int k = 2; k + 1 < count; k += 2) {
    const std::string name = words[k];
    const std::string value = words[k + 1];
    if (name == "--seed") wish.seed = std::stoull(value);
    if (name == "--members") wish.members = std::stoull(value);
    if (name == "--points") wish.points = std::stoull(value);
    if (name == "--form") wish.form = tranche::learn::target_form_of(value).value();
    if (name == "--baseline") wish.baseline = tranche::learn::baseline_of(value).value();
    if (name != "--layers") continue;
    wish.layers.clear();
    std::istringstream lines{value};
    for (std::string line; std::getline(lines, line, ',');) wish.layers.push_back(line);
  }
  if (count < 2) return EXIT_FAILURE;
  const auto made = tranche::test::make(wish);
  tranche::surrogate::save(made, words[1]);
  Eigen::MatrixXd middle(1, static_cast<Eigen::Index>(made.inputs.size()));
  for (Eigen::Index k = 0; k < middle.cols(); ++k) {
    const auto& input = made.inputs[static_cast<std::size_t>(k)];
    const bool log = input.scale == tranche::surrogate::Input::Scale::log;
    middle(0, k) = log ? std::sqrt(input.lo * input.hi) : (input.lo + input.hi) / 2;
  }
  const Eigen::MatrixXd values = made.evaluate(middle);
  for (Eigen::Index k = 0; k < values.cols(); ++k) std::printf("%.17g\n", values(0, k));
  return EXIT_SUCCESS;
}
