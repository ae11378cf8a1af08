#include "adamw.hpp"

#include <cmath>
#include <cstddef>

// The widest vectors of the machine are chosen when the program starts.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define TRANCHE_VECTORS __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define TRANCHE_VECTORS
#endif

namespace tranche::trainer {
namespace {

struct Factors {
  float scale;
  float decay;
  float beta1;
  float beta2;
  float rate;  ///< learning rate over the bias correction of the mean
  float root;  ///< 1 / sqrt(bias correction of the square)
  float epsilon;
};

TRANCHE_VECTORS void update(const Factors& of, std::size_t count, float* __restrict weights,
                            const float* __restrict gradient, float* __restrict mean,
                            float* __restrict square) {
  const Factors f = of;
  for (std::size_t k = 0; k < count; ++k) {
    const float g = gradient[k] * f.scale;
    const float m = f.beta1 * mean[k] + (1 - f.beta1) * g;
    const float v = f.beta2 * square[k] + (1 - f.beta2) * g * g;
    mean[k] = m;
    square[k] = v;
    weights[k] = weights[k] * f.decay - f.rate * m / (std::sqrt(v) * f.root + f.epsilon);
  }
}

constexpr std::size_t lanes = 32;

TRANCHE_VECTORS void add_squares(std::size_t blocks, const float* __restrict values, float* __restrict sums) {
  float own[lanes] = {};
  for (std::size_t block = 0; block < blocks; ++block)
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const float value = values[block * lanes + lane];
      own[lane] += value * value;
    }
  for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] = own[lane];
}

}  // namespace

double squared_norm(std::span<const float> values) noexcept {
  float sums[lanes] = {};
  const std::size_t blocks = values.size() / lanes;
  add_squares(blocks, values.data(), sums);
  double sum = 0;
  for (const float each : sums) sum += static_cast<double>(each);
  for (std::size_t k = blocks * lanes; k < values.size(); ++k)
    sum += static_cast<double>(values[k]) * static_cast<double>(values[k]);
  return sum;
}

void adamw_step(const AdamwOptions& options, double learning_rate, double scale, std::uint64_t step,
                std::span<float> weights, std::span<const float> gradient, std::span<float> mean,
                std::span<float> square) noexcept {
  const auto power = static_cast<double>(step);
  const Factors factors{static_cast<float>(scale),
                        static_cast<float>(1 - learning_rate * options.weight_decay),
                        static_cast<float>(options.beta1),
                        static_cast<float>(options.beta2),
                        static_cast<float>(learning_rate / (1 - std::pow(options.beta1, power))),
                        static_cast<float>(1 / std::sqrt(1 - std::pow(options.beta2, power))),
                        static_cast<float>(options.epsilon)};
  update(factors, weights.size(), weights.data(), gradient.data(), mean.data(), square.data());
}

}  // namespace tranche::trainer
