// The trainer's own loop on made-up rows, for train_rate.py: processor seconds an epoch.
//   train_steps ROWS INPUTS TARGETS WIDTH BLOCKS BATCH EPOCHS
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "training.hpp"

using namespace tranche;

int main(int argc, char** argv) {
  if (argc != 8) return 2;
  const auto number = [argv](int k) { return static_cast<Eigen::Index>(std::atoll(argv[k])); };
  const Eigen::Index rows = number(1);
  const Eigen::Index inputs = number(2);
  const Eigen::Index targets = number(3);
  std::srand(1);
  trainer::TrainingSet set{learn::Matrix::Random(rows, inputs), learn::Matrix(rows, targets)};
  const learn::Matrix mix = learn::Matrix::Random(inputs, targets);
  set.z = (set.x * mix).array().sin();
  const trainer::TrainingSet check{set.x.topRows(1), set.z.topRows(1)};
  trainer::TrainingOptions options;
  options.network =
      learn::residual_network(static_cast<std::uint64_t>(number(4)), static_cast<std::uint64_t>(number(5)),
                              static_cast<std::uint64_t>(targets));
  options.batch = static_cast<std::uint64_t>(number(6));
  options.epochs = static_cast<std::uint64_t>(number(7));
  trainer::ResidentRows source{std::move(set)};
  double loss = 0;
  const auto trained = trainer::train(
      source, check, options, [&loss](const trainer::Check& seen) { loss = seen.loss; },
      [](std::uint64_t, const std::string&) {});
  std::printf("{\"cpu_s_per_epoch\": %.6f, \"loss\": %.6g, \"end\": %d}\n", trained.cpu_s / trained.epochs,
              loss, static_cast<int>(trained.end));
  return trained.end == learn::TrialEnd::ok ? 0 : 1;
}
