#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "aligned_floats.hpp"
#include "choose_kernels.hpp"
#include "fast_layers.hpp"
#include "tranche/surrogate/runtime.hpp"

namespace tranche::surrogate {
namespace {

/// Samples taken through all layers together: a multiple of every kernel's rows. Fewer if they are wide.
constexpr std::size_t most_rows = 96;
constexpr std::size_t buffer_floats = std::size_t{1} << 17;
/// Between rows, so that they do not all fall into the same few sets of the cache.
constexpr std::size_t gap = 16;

/// Scaling of one input, with its logarithms taken once.
struct Scaling {
  bool log = false;
  double origin = 0;
  double factor = 0;
};

Scaling scaling_of(const Input& input) {
  const bool log = input.scale == Input::Scale::log;
  const double lo = log ? std::log(input.lo) : input.lo;
  const double hi = log ? std::log(input.hi) : input.hi;
  return {log, lo, hi == lo ? 0 : 2 / (hi - lo)};
}

/// -1 at the lower end; 0 where the ends are one.
float scaled(const Scaling& scaling, double value) {
  if (scaling.factor == 0) return 0;
  return static_cast<float>(
      (scaling.log ? std::log(value) - scaling.origin : value - scaling.origin) * scaling.factor - 1);
}

/// In learn::monomials()'s order.
void monomials(learn::Baseline baseline, const float* u, std::size_t inputs, float* to) {
  if (baseline == learn::Baseline::off) return;
  *to++ = 1;
  to = std::copy_n(u, inputs, to);
  if (baseline == learn::Baseline::linear) return;
  for (std::size_t i = 0; i < inputs; ++i)
    for (std::size_t j = i; j < inputs; ++j) {
      const float square = u[i] * u[j];
      *to++ = square;
      for (std::size_t k = j; k < inputs; ++k) *to++ = square * u[k];
    }
}

/// One network, then one matrix from its last numbers and the monomials to the residuals' sum.
struct FastMember {
  std::vector<FastLayer> layers;
  std::size_t width = 0;  ///< numbers that come out of `layers`
  learn::Baseline baseline = learn::Baseline::off;
  Packed decoder;  ///< takes width + monomials
  std::vector<double> mean;
};

/// Whether the last layer and the decoder are cheaper as one matrix: linear after linear.
bool folds(const learn::Network& network, std::size_t points) {
  const auto* last = std::get_if<learn::Linear>(&network.spec().layers.back());
  if (last == nullptr || last->activation != learn::Activation::identity) return false;
  const auto in = static_cast<std::size_t>(network.weights().back().weight.cols());
  const auto between = static_cast<std::size_t>(network.outputs());
  return in * points <= between * (in + points);
}

FastMember fast(const Kernels& kernels, const Member& member, std::size_t inputs) {
  const bool fold = folds(member.network, member.targets.points());
  const Eigen::MatrixXd decoder = member.targets.decoder().transpose();  // points x targets
  const auto& last = member.network.weights().back();
  const Eigen::MatrixXd from = fold ? Eigen::MatrixXd{decoder * last.weight.cast<double>()} : decoder;
  Eigen::MatrixXd matrix(from.rows(), from.cols() + member.targets.coefficients.rows());
  matrix << from, member.targets.coefficients.transpose();
  FastMember made;
  made.layers = fast_layers(kernels, member.network, fold ? Last::left_out : Last::kept);
  made.width = static_cast<std::size_t>(from.cols());
  made.baseline = learn::monomial_count(member.targets.baseline, inputs) > 0 ? member.targets.baseline
                                                                             : learn::Baseline::off;
  made.decoder = pack(kernels, matrix.cast<float>(), Eigen::VectorXf::Zero(matrix.rows()));
  Eigen::RowVectorXd mean = member.targets.mean;
  if (fold) mean += (decoder * last.bias.cast<double>()).transpose();
  made.mean.assign(mean.begin(), mean.end());
  return made;
}

}  // namespace

struct Evaluator::Plan {
  const Kernels& kernels;
  std::vector<Scaling> scalings;
  std::size_t points;
  std::vector<FastMember> members;
  std::size_t stride = 0;
  std::size_t rows = 1;  ///< at a time
  ConvRoom conv;

  /// Values of one member for `rows` scaled samples in buffers.u: rows x points.
  void compute(const FastMember& member, Scratch::Buffers& buffers, std::size_t rows, double* values) const;
  /// Mean and spread of all members.
  void combine(Scratch::Buffers& buffers, std::size_t rows, double* mean, double* spread) const;

  explicit Plan(const Surrogate& surrogate) : kernels{choose_kernels()}, points{surrogate.points()} {
    for (const auto& input : surrogate.inputs) scalings.push_back(scaling_of(input));
    std::size_t widest = scalings.size();
    for (const auto& member : surrogate.members) {
      members.push_back(fast(kernels, member, scalings.size()));
      const auto& one = members.back();
      widest = std::max({widest, one.decoder.inputs, one.decoder.blocks * kernels.block});
      for (const auto& layer : one.layers) {
        widest = std::max(widest, row_room(kernels, layer));
        const auto room = conv_room(kernels, layer);
        conv = {std::max(conv.input, room.input), std::max(conv.output, room.output)};
      }
    }
    stride = (widest + gap - 1) / gap * gap + gap;
    rows = std::clamp(buffer_floats / stride, std::size_t{1}, most_rows);
  }
};

struct Evaluator::Scratch::Buffers {
  explicit Buffers(const Plan& plan)
      : u{plan.rows * plan.scalings.size()},
        a{plan.rows * plan.stride},
        b{plan.rows * plan.stride},
        windows{plan.conv.input},
        results{plan.conv.output},
        spare(plan.members.size() > 1 ? plan.rows * plan.points : 0) {}
  AlignedFloats u;
  AlignedFloats a;
  AlignedFloats b;
  AlignedFloats windows;
  AlignedFloats results;
  std::vector<double> spare;  ///< one member's values
};

Evaluator::Scratch::Scratch(const Evaluator& evaluator)
    : buffers_{std::make_unique<Buffers>(*evaluator.plan_)} {}
Evaluator::Scratch::Scratch(Scratch&&) noexcept = default;
Evaluator::Scratch& Evaluator::Scratch::operator=(Scratch&&) noexcept = default;
Evaluator::Scratch::~Scratch() = default;

Evaluator::Evaluator(const Surrogate& surrogate) : plan_{std::make_unique<Plan>(surrogate)} {}
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;
Evaluator::~Evaluator() = default;

std::size_t Evaluator::inputs() const noexcept {
  return plan_->scalings.size();
}

std::size_t Evaluator::points() const noexcept {
  return plan_->points;
}

std::size_t Evaluator::members() const noexcept {
  return plan_->members.size();
}

void Evaluator::Plan::compute(const FastMember& member, Scratch::Buffers& buffers, std::size_t count,
                              double* values) const {
  const auto inputs = scalings.size();
  float* x = buffers.a.get();
  float* y = buffers.b.get();
  for (std::size_t row = 0; row < count; ++row)
    std::copy_n(buffers.u.get() + row * inputs, inputs, x + row * stride);
  for (const auto& layer : member.layers) {
    surrogate::compute(layer, {kernels, x, y, stride, count, buffers.windows.get(), buffers.results.get()});
    std::swap(x, y);
  }
  for (std::size_t row = 0; row < count; ++row)
    monomials(member.baseline, buffers.u.get() + row * inputs, inputs, x + row * stride + member.width);
  const auto& decoder = member.decoder;
  kernels.linear({x, stride, count, decoder.weights.get(), decoder.bias.get(), decoder.inputs, decoder.blocks,
                  y, stride});
  for (std::size_t row = 0; row < count; ++row)
    for (std::size_t k = 0; k < points; ++k)
      values[row * points + k] = member.mean[k] + static_cast<double>(y[row * stride + k]);
}

/// One member after another (Welford 1962): nothing is kept of those before.
void Evaluator::Plan::combine(Scratch::Buffers& buffers, std::size_t count, double* mean,
                              double* spread) const {
  const auto size = count * points;
  compute(members.front(), buffers, count, mean);
  if (spread != nullptr)
    std::fill_n(spread, size, members.size() > 1 ? 0 : std::numeric_limits<double>::quiet_NaN());
  for (std::size_t k = 1; k < members.size(); ++k) {
    compute(members[k], buffers, count, buffers.spare.data());
    const auto share = 1 / static_cast<double>(k + 1);
    for (std::size_t at = 0; at < size; ++at) {
      const double off = buffers.spare[at] - mean[at];
      mean[at] += off * share;
      if (spread != nullptr) spread[at] += off * (buffers.spare[at] - mean[at]);
    }
  }
  if (spread == nullptr || members.size() < 2) return;
  for (std::size_t at = 0; at < size; ++at)
    spread[at] = std::sqrt(spread[at] / static_cast<double>(members.size()));
}

void Evaluator::operator()(Scratch& scratch, const double* x, std::size_t n, double* mean,
                           double* spread) const {
  const auto& plan = *plan_;
  const auto inputs = plan.scalings.size();
  auto& buffers = *scratch.buffers_;
  for (std::size_t begin = 0; begin < n; begin += plan.rows) {
    const auto count = std::min(plan.rows, n - begin);
    const double* from = x + begin * inputs;
    for (std::size_t at = 0; at < count * inputs; ++at)
      buffers.u.get()[at] = scaled(plan.scalings[at % inputs], from[at]);
    plan.combine(buffers, count, mean + begin * plan.points,
                 spread == nullptr ? nullptr : spread + begin * plan.points);
  }
}

const char* Evaluator::cpu() const noexcept {
  return plan_->kernels.name;
}

}  // namespace tranche::surrogate
