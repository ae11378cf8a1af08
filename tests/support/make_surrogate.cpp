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
#include <vector>

#include "support/random_surrogate.hpp"

namespace {

std::vector<std::string> split(const std::string& text, char mark) {
  std::vector<std::string> parts;
  std::istringstream stream{text};
  for (std::string part; std::getline(stream, part, mark);) parts.push_back(part);
  return parts;
}

std::vector<tranche::surrogate::Input> inputs_from(const std::string& text) {
  std::vector<tranche::surrogate::Input> inputs;
  for (const auto& one : split(text, ',')) {
    const auto words = split(one, ':');
    inputs.push_back({words.at(0), "1", tranche::surrogate::Input::Scale::linear, std::stod(words.at(1)),
                      std::stod(words.at(2))});
  }
  return inputs;
}

}  // namespace

int main(int count, char** words) {
  tranche::test::RandomSurrogate wish;
  std::vector<tranche::surrogate::Input> inputs;
  std::string output;
  for (int k = 2; k + 1 < count; k += 2) {
    const std::string name = words[k];
    const std::string value = words[k + 1];
    if (name == "--seed") wish.seed = std::stoull(value);
    if (name == "--members") wish.members = std::stoull(value);
    if (name == "--points") wish.points = std::stoull(value);
    if (name == "--form") wish.form = tranche::learn::target_form_of(value).value();
    if (name == "--baseline") wish.baseline = tranche::learn::baseline_of(value).value();
    if (name == "--layers") wish.layers = split(value, ',');
    if (name == "--ranges") inputs = inputs_from(value);
    if (name == "--output") output = value;
  }
  if (count < 2) return EXIT_FAILURE;
  if (!inputs.empty()) wish.inputs = inputs.size();
  auto made = tranche::test::make(wish);
  if (!inputs.empty()) {
    made.inputs = inputs;
    made.constraints.clear();
  }
  if (!output.empty()) made.output = output;
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
