// torchscript_pair FILE MEMBERS FORM BASELINE LAYERS
//
// Writes a surrogate with random weights; prints points, and what the plain evaluation gives there: a line
// each, parameters first. LAYERS: separated by commas.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>
#include <string>

#include "support/random_surrogate.hpp"

using namespace tranche;

int main(int count, char** words) {
  if (count != 6) return EXIT_FAILURE;
  test::RandomSurrogate wish;
  wish.points = 40;
  wish.components = 12;
  wish.members = std::stoull(words[2]);
  wish.form = learn::target_form_of(words[3]).value();
  wish.baseline = learn::baseline_of(words[4]).value();
  wish.layers.clear();
  std::istringstream lines{words[5]};
  for (std::string line; std::getline(lines, line, ',');) wish.layers.push_back(line);
  const auto made = test::make(wish);
  surrogate::save(made, words[1]);

  std::mt19937 engine{3};
  std::uniform_real_distribution<double> share{0, 1};
  Eigen::MatrixXd x(50, static_cast<Eigen::Index>(made.inputs.size()));
  for (Eigen::Index row = 0; row < x.rows(); ++row)
    for (Eigen::Index k = 0; k < x.cols(); ++k) {
      const auto& input = made.inputs[static_cast<std::size_t>(k)];
      const double at = share(engine);
      x(row, k) = input.scale == surrogate::Input::Scale::log ? input.lo * std::pow(input.hi / input.lo, at)
                                                              : input.lo + (input.hi - input.lo) * at;
    }
  const Eigen::MatrixXd y = made.evaluate(x);
  for (Eigen::Index row = 0; row < x.rows(); ++row) {
    for (Eigen::Index k = 0; k < x.cols(); ++k) std::printf("%.17g ", x(row, k));
    for (Eigen::Index k = 0; k < y.cols(); ++k) std::printf("%.17g ", y(row, k));
    std::printf("\n");
  }
  return EXIT_SUCCESS;
}
