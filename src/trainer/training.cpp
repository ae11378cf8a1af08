#include "training.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <numbers>
#include <utility>

#include "tranche/base/errors.hpp"

namespace tranche::trainer {
namespace {

constexpr double warm_up = 0.1;
constexpr std::int64_t trial_steps = 40;  ///< whose time sizes the schedule
constexpr int reports = 20;
constexpr double diverged_by = 10;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

torch::Tensor as_tensor(const learn::Matrix& matrix) {
  // The tensor does not outlive the matrix, and is not written to.
  return torch::from_blob(const_cast<float*>(matrix.data()), {matrix.rows(), matrix.cols()}, torch::kFloat32);
}

learn::Matrix as_matrix(const torch::Tensor& tensor) {
  const auto plain = tensor.detach().to(torch::kCPU).contiguous();
  return Eigen::Map<const learn::Matrix>(plain.data_ptr<float>(), plain.size(0), plain.size(1));
}

torch::Tensor activate(learn::Activation activation, const torch::Tensor& x) {
  switch (activation) {
    case learn::Activation::relu:
      return torch::relu(x);
    case learn::Activation::tanh:
      return torch::tanh(x);
    case learn::Activation::atan:
      return torch::atan(x);
    case learn::Activation::gelu:
      return torch::gelu(x);
    case learn::Activation::silu:
      return torch::silu(x);
    case learn::Activation::identity:
      break;
  }
  return x;
}

/// A learn::NetworkSpec with weights that learn.
class TorchNetwork : public torch::nn::Module {
 public:
  TorchNetwork(const learn::NetworkSpec& spec, std::uint64_t inputs) : spec_{spec} {
    for (const auto& shape : learn::weight_shapes(spec, inputs)) {
      const auto name = "layer" + std::to_string(linear_.size());
      linear_.push_back(register_module(
          name, torch::nn::Linear(static_cast<std::int64_t>(shape.columns), static_cast<std::int64_t>(shape.rows))));
    }
  }

  torch::Tensor forward(torch::Tensor x) {
    for (std::size_t k = 0; k < linear_.size(); ++k) {
      if (const auto* dense = std::get_if<learn::Dense>(&spec_.layers[k]))
        x = activate(dense->activation, linear_[k]->forward(x));
      else
        x = x + activate(std::get<learn::Residual>(spec_.layers[k]).activation, linear_[k]->forward(x));
    }
    return x;
  }

  std::vector<learn::Network::Weights> weights() const {
    std::vector<learn::Network::Weights> all;
    for (const auto& linear : linear_)
      all.push_back({as_matrix(linear->weight), as_matrix(linear->bias.unsqueeze(0)).row(0).transpose()});
    return all;
  }

 private:
  learn::NetworkSpec spec_;
  std::vector<torch::nn::Linear> linear_;
};

/// Share of the top learning rate at `done` in [0,1] of the schedule (Smith & Topin 2018).
double one_cycle(double done) {
  if (done < warm_up) return (done + 1e-3) / (warm_up + 1e-3);
  return 0.5 * (1 + std::cos(std::numbers::pi * (done - warm_up) / (1 - warm_up)));
}

/// One training from its first step to its last.
class Training {
 public:
  Training(const TrainingSet& data, const TrainingSet& check, const TrainingOptions& options)
      : options_{options},
        x_{as_tensor(data.x)},
        z_{as_tensor(data.z)},
        check_x_{as_tensor(check.x)},
        check_z_{as_tensor(check.z)},
        network_{options.network, static_cast<std::uint64_t>(data.x.cols())},
        optimiser_{network_.parameters(), torch::optim::AdamWOptions(options.learning_rate)
                                              .weight_decay(options.weight_decay)},
        batch_{std::min<std::int64_t>(static_cast<std::int64_t>(options.batch), x_.size(0))},
        began_at_{cpu_seconds()} {}

  Trained run(const std::function<void(const Progress&)>& tell) {
    const std::int64_t per_epoch = (x_.size(0) + batch_ - 1) / batch_;
    if (options_.epochs) steps_ = per_epoch * static_cast<std::int64_t>(*options_.epochs);
    Trained trained;
    double first_loss = 0;
    double loss_sum = 0;
    std::int64_t summed = 0;
    double next_report = 1.0 / reports;
    for (std::int64_t step = 0; steps_ == 0 || step < steps_; ++step) {
      if (steps_ == 0 && step == trial_steps) size_schedule(step);
      const double done = steps_ == 0 ? 0 : static_cast<double>(step) / static_cast<double>(steps_);
      loss_sum += descend(step % per_epoch, done);
      ++summed;
      if (first_loss == 0) first_loss = loss_sum;
      if (done < next_report && step + 1 != steps_) continue;
      const double loss = loss_sum / static_cast<double>(summed);
      const double seen = static_cast<double>(step + 1);
      tell({seen / static_cast<double>(steps_), seen / static_cast<double>(per_epoch), loss, check_loss(),
            cpu_seconds() - began_at_});
      if (!std::isfinite(loss) || loss > diverged_by * first_loss) {
        trained.end = TrainingEnd::diverged;
        break;
      }
      loss_sum = 0;
      summed = 0;
      while (next_report <= done) next_report += 1.0 / reports;
    }
    trained.weights = network_.weights();
    trained.steps = static_cast<std::uint64_t>(steps_);
    trained.epochs = static_cast<double>(steps_) / static_cast<double>(per_epoch);
    trained.cpu_s = cpu_seconds() - began_at_;
    return trained;
  }

 private:
  /// From the time the first steps took.
  void size_schedule(std::int64_t step) {
    const double each = (cpu_seconds() - began_at_) / static_cast<double>(step);
    steps_ = std::max<std::int64_t>(2 * trial_steps, static_cast<std::int64_t>(*options_.cpu_s / each));
  }

  double descend(std::int64_t place, double done) {
    if (place == 0) order_ = torch::randperm(x_.size(0), torch::kInt64);
    for (auto& group : optimiser_.param_groups())
      static_cast<torch::optim::AdamWOptions&>(group.options()).lr(options_.learning_rate * one_cycle(done));
    const auto from = place * batch_;
    const auto rows = order_.narrow(0, from, std::min(batch_, x_.size(0) - from));
    optimiser_.zero_grad();
    const auto loss = torch::mse_loss(network_.forward(x_.index_select(0, rows)), z_.index_select(0, rows));
    loss.backward();
    torch::nn::utils::clip_grad_norm_(network_.parameters(), options_.clip);
    optimiser_.step();
    return loss.item<double>();
  }

  double check_loss() {
    if (check_x_.size(0) == 0) return 0;
    const torch::NoGradGuard guard;
    return torch::mse_loss(network_.forward(check_x_), check_z_).item<double>();
  }

  const TrainingOptions& options_;
  torch::Tensor x_;
  torch::Tensor z_;
  torch::Tensor check_x_;
  torch::Tensor check_z_;
  TorchNetwork network_;
  torch::optim::AdamW optimiser_;
  std::int64_t batch_;
  double began_at_;
  std::int64_t steps_ = 0;  ///< 0: not known yet
  torch::Tensor order_;
};

}  // namespace

Trained train(const TrainingSet& data, const TrainingSet& check, const TrainingOptions& options,
              const std::function<void(const Progress&)>& tell) {
  ensure(options.cpu_s.has_value() != options.epochs.has_value(), "either a time or a number of epochs");
  ensure(data.x.rows() > 0 && data.x.rows() == data.z.rows(), "a target for each sample, and one at least");
  torch::set_num_threads(options.threads);
  torch::manual_seed(options.seed);
  return Training{data, check, options}.run(tell);
}

}  // namespace tranche::trainer
