#include "training.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <fcntl.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <system_error>
#include <utility>

#include "adamw.hpp"
#include "blas.hpp"
#include "pace.hpp"
#include "torch_network.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/design/hash.hpp"

namespace tranche::trainer {
namespace {

constexpr int checks = 20;
constexpr double diverged_by = 10;
constexpr double plateau_after = 0.25;         ///< of the schedule: the warm-up and longer again
constexpr std::uint64_t plateau_steps = 1000;  ///< what is learned in the end may take so many to begin
constexpr double plateau_r2 = 0.01;
constexpr int plateau_checks = 3;               ///< in a row
constexpr double look_after_s = 2;              ///< at the latest, however slow the first steps are
constexpr std::uint64_t first_loss_steps = 32;  ///< one batch alone says little

double seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

torch::Device device_of(const std::string& name) {
  if (name == "cpu") return torch::kCPU;
  if (!torch::cuda::is_available())
    throw Failure{ExitCode::environment,
                  "`device: " + name + "` was asked for, but this libtorch sees no CUDA device",
                  "`device: cpu`, or a build with a CUDA libtorch (CMAKE_PREFIX_PATH) on a node with a GPU"};
  return torch::kCUDA;
}

std::span<float> span_of(torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

/// The file appears whole or not at all, and stays after a crash.
void settle(const std::filesystem::path& temporary, const std::filesystem::path& path) {
  const int file = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  const auto error = std::error_code{errno, std::generic_category()};
  if (file >= 0) ::close(file);
  if (!synced) throw IoError{"fsync " + temporary.string() + ": " + error.message()};
  std::error_code renamed;
  std::filesystem::rename(temporary, path, renamed);
  if (renamed) throw IoError{"rename " + temporary.string() + ": " + renamed.message()};
}

/// Where in the rows a training is.
struct Place {
  std::uint64_t epoch = 0;
  std::uint64_t part = 0;
  std::uint64_t batch = 0;  ///< of the part
};

/// One training from its first step to its last.
class Training {
 public:
  Training(RowSource& rows, const TrainingSet& check, const TrainingOptions& options)
      : rows_{rows},
        options_{options},
        device_{device_of(options.device)},
        peers_{options.peers != nullptr ? options.peers->size() : 1},
        rank_{options.peers != nullptr ? options.peers->rank() : 0},
        batch_{static_cast<std::int64_t>(std::min(options.batch, rows.rows()))},
        network_{options.network, static_cast<std::uint64_t>(check.x.cols()), options.seed, device_},
        mean_{torch::zeros_like(network_.flat())},
        square_{torch::zeros_like(network_.flat())},
        loss_sum_{torch::zeros({}, torch::TensorOptions{torch::kFloat32}.device(device_))},
        check_x_{tensor_of(check.x, device_)},
        check_z_{tensor_of(check.z, device_)},
        dropout_{
            std::any_of(options.network.layers.begin(), options.network.layers.end(),
                        [](const auto& layer) { return std::holds_alternative<learn::Dropout>(layer); })},
        steps_an_epoch_{std::max<double>(1, static_cast<double>(rows.rows()) / static_cast<double>(batch_))},
        pace_{options.epochs ? Pace::of_steps(std::max<std::uint64_t>(
                                   1, static_cast<std::uint64_t>(steps_an_epoch_) * *options.epochs))
                             : Pace::of_time(*options.budget_s)},
        clock_{device_.is_cpu() ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC} {
    // In the size of the targets, so that the same learning rate suits any scaling.
    unit_ = std::max(1e-12, check_z_.square().mean().sqrt().item<double>());
    const auto& last = options.network.layers.back();
    const auto* linear = std::get_if<learn::Linear>(&last);
    if (linear == nullptr || linear->activation != learn::Activation::identity) unit_ = 1;
    check_z_.div_(unit_);
    baseline_loss_ = check_z_.square().mean().item<double>();
    nothing_left_ = options.targets_are_rounding || !(baseline_loss_ > 0);
    exchange_ = torch::zeros({network_.flat().numel() + extras}, torch::kFloat32);
  }

  Trained run(const std::function<void(const Check&)>& tell, const Resumed& resumed) {
    began_ = seconds(clock_);
    const auto note = resume();
    if (options_.peers != nullptr) take_from_the_first();
    resumed(pace_.steps(), note);
    last_checkpoint_ = last_look_ = used();
    Trained trained;
    while (!pace_.ended() && !finished_) {
      learn_batch();
      pace_.step();
      const bool timely = time_to_look();
      if (timely) look_at_the_clock(trained);
      if (pace_.done() * checks >= static_cast<double>(checked_ + 1) || pace_.ended()) look(trained, tell);
      // After the check: who goes on from here does not make it again.
      if (timely) stop_or_save(trained);
    }
    trained.weights = exported(trained.early ? best_ : network_.flat());
    trained.steps = pace_.steps();
    trained.epochs = static_cast<double>(trained.steps) / steps_an_epoch_;
    trained.cpu_s = used();
    return trained;
  }

  std::uint64_t steps() const noexcept { return pace_.steps(); }

 private:
  /// Sent along with the gradient: the loss, who is asked to stop, whether the first one wants to look.
  static constexpr std::int64_t extras = 3;

  double used() const { return used_before_ + seconds(clock_) - began_; }

  /// The next part of the rows, in an order that depends on seed, epoch and part alone.
  void load_part() {
    const auto& set = rows_.part(place_.epoch, place_.part);
    const auto key = design::hash(design::hash(options_.seed, place_.epoch), place_.part);
    const auto order = torch::randperm(set.x.rows(), at::detail::createCPUGenerator(key),
                                       torch::TensorOptions{torch::kInt64});
    const auto shuffled = [&](const learn::Matrix& matrix) {
      const auto all = torch::from_blob(const_cast<float*>(matrix.data()), {matrix.rows(), matrix.cols()},
                                        torch::kFloat32);
      return all.index_select(0, order).to(device_);
    };
    x_ = shuffled(set.x);
    z_ = shuffled(set.z).div_(unit_);
  }

  /// Rows of this process in the next batch. A part's last rows that fill no batch wait for another order.
  std::pair<torch::Tensor, torch::Tensor> next_batch() {
    while (!x_.defined() || (static_cast<std::int64_t>(place_.batch) + 1) * batch_ > x_.size(0)) {
      if (x_.defined()) {
        const bool tiny = place_.batch == 0 && x_.size(0) > 0 && rows_.parts() > 1;
        place_.batch = 0;
        if (++place_.part == rows_.parts()) {
          place_.part = 0;
          ++place_.epoch;
        }
        ensure(!tiny || ++tiny_parts_ < 1'000, "a part of the rows holds a batch");
      }
      load_part();
    }
    tiny_parts_ = 0;
    const auto first = static_cast<std::int64_t>(place_.batch) * batch_;
    const auto from = first + batch_ * rank_ / peers_;
    const auto to = first + batch_ * (rank_ + 1) / peers_;
    ++place_.batch;
    return {x_.narrow(0, from, to - from), z_.narrow(0, from, to - from)};
  }

  void learn_batch() {
    if (dropout_)
      torch::manual_seed(
          design::hash(design::hash(options_.seed, pace_.steps()), 1u + static_cast<unsigned>(rank_)));
    const auto [x, z] = next_batch();
    network_.gradient().zero_();
    const auto predicted = network_.forward(x, TorchNetwork::Use::learning);
    torch::Tensor squares;
    {
      // The gradient of the mean of squares by hand: no graph for the loss.
      const torch::NoGradGuard guard;
      const auto count = static_cast<double>(batch_ * predicted.size(1));
      auto error = predicted.detach() - z;
      squares = error.square().sum().div_(count);
      error.mul_(2 / count);
      predicted.backward(error);
    }
    const torch::NoGradGuard guard;
    if (options_.peers != nullptr) exchange(squares);
    loss_sum_.add_(squares);
    ++losses_;
    descend();
  }

  /// Gradient and loss of all, from what each has of its part of the batch.
  void exchange(torch::Tensor& squares) {
    const auto count = network_.flat().numel();
    exchange_.narrow(0, 0, count).copy_(network_.gradient());
    auto* extra = exchange_.data_ptr<float>() + count;
    extra[0] = squares.item<float>();
    extra[1] = options_.stop && options_.stop() ? 1.0F : 0.0F;
    extra[2] = rank_ == 0 && look_is_due(pace_.steps() + 1) ? 1.0F : 0.0F;
    options_.peers->sum(span_of(exchange_));
    asked_to_stop_ = extra[1] > 0;
    all_look_ = asked_to_stop_ || extra[2] > 0;
    network_.gradient().copy_(exchange_.narrow(0, 0, count));
    squares.fill_(extra[0]);
  }

  void descend() {
    auto& gradient = network_.gradient();
    const double rate = options_.learning_rate * one_cycle(pace_.done());
    const double norm =
        device_.is_cpu() ? std::sqrt(squared_norm(span_of(gradient))) : gradient.norm().item<double>();
    const double scale = norm > options_.clip ? options_.clip / norm : 1;
    const AdamwOptions how{options_.weight_decay};
    const auto step = pace_.steps() + 1;
    if (device_.is_cpu())
      adamw_step(how, rate, scale, step, span_of(network_.flat()), span_of(gradient), span_of(mean_),
                 span_of(square_));
    else
      descend_on_device(how, rate, scale, static_cast<double>(step));
  }

  /// The same where the weights are not in this processor's memory.
  void descend_on_device(const AdamwOptions& how, double rate, double scale, double step) {
    const auto g = network_.gradient().mul_(scale);
    mean_.mul_(how.beta1).add_(g, 1 - how.beta1);
    square_.mul_(how.beta2).addcmul_(g, g, 1 - how.beta2);
    const auto root = square_.sqrt().div_(std::sqrt(1 - std::pow(how.beta2, step))).add_(how.epsilon);
    network_.flat()
        .mul_(1 - rate * how.weight_decay)
        .addcdiv_(mean_, root, -rate / (1 - std::pow(how.beta1, step)));
  }

  bool look_is_due(std::uint64_t step) const {
    return pace_.measure_after(step) || used() - last_look_ >= look_after_s;
  }

  /// Peers after the same step, which they agreed on with its gradient: whoever ended alone would leave the
  /// others waiting.
  bool time_to_look() {
    if (options_.peers != nullptr) return all_look_;
    asked_to_stop_ = options_.stop && options_.stop();
    return asked_to_stop_ || look_is_due(pace_.steps());
  }

  void agree_on_the_end() {
    auto remaining = pace_.remaining();
    options_.peers->broadcast(std::as_writable_bytes(std::span{&remaining, 1}));
    pace_.set_remaining(remaining);
  }

  void look_at_the_clock(Trained& trained) {
    last_look_ = used();
    pace_.measured(last_look_);
    if (options_.peers != nullptr) agree_on_the_end();
    if (first_loss_ == 0 && pace_.steps() >= first_loss_steps) first_loss_ = mean_loss();
    guard_against_divergence(mean_loss(), trained);
  }

  void stop_or_save(Trained& trained) {
    if (asked_to_stop_ && !finished_ && !pace_.ended()) {
      trained.end = learn::TrialEnd::stopped;
      finished_ = true;
    }
    const bool due = used() - last_checkpoint_ >= options_.checkpoint_s;
    if (trained.end == learn::TrialEnd::stopped || (due && !finished_)) save();
  }

  double mean_loss() const {
    return loss_sum_.item<double>() / static_cast<double>(std::max<std::uint64_t>(1, losses_));
  }

  void guard_against_divergence(double loss, Trained& trained) {
    if (std::isfinite(loss) && (first_loss_ == 0 || loss <= diverged_by * first_loss_)) return;
    finished_ = true;
    trained.end = learn::TrialEnd::diverged;
    trained.why = std::isfinite(loss)
                      ? "the loss is " + std::to_string(loss / first_loss_) + " times what it began with"
                      : "the loss is not a number any more";
    trained.why += ", after " + std::to_string(pace_.steps()) + " steps";
  }

  void look(Trained& trained, const std::function<void(const Check&)>& tell) {
    checked_ = std::max(checked_ + 1, static_cast<int>(pace_.done() * checks));
    Check check;
    check.step = pace_.steps();
    check.epoch = static_cast<double>(pace_.steps()) / steps_an_epoch_;
    check.done = pace_.done();
    check.loss = mean_loss() * unit_ * unit_;
    const double own = check_loss();
    check.check_loss = own * unit_ * unit_;
    check.r2 = baseline_loss_ > 0 ? 1 - own / baseline_loss_ : 0;
    check.learning_rate = options_.learning_rate * one_cycle(pace_.done());
    check.cpu_s = used();
    tell(check);
    if (!finished_) guard_against_divergence(mean_loss(), trained);
    loss_sum_.zero_();
    losses_ = 0;
    if (!finished_ && !nothing_left_) guard_against_plateau(check.r2, trained);
    if (!finished_ && options_.patience > 0) keep_the_best(own, trained);
  }

  double check_loss() const {
    const torch::NoGradGuard guard;
    return torch::mse_loss(network_.forward(check_x_, TorchNetwork::Use::prediction), check_z_)
        .item<double>();
  }

  void guard_against_plateau(double r2, Trained& trained) {
    const bool judged = pace_.ended() || (pace_.done() >= plateau_after && pace_.steps() >= plateau_steps);
    flat_checks_ = judged && !(r2 > plateau_r2) ? flat_checks_ + 1 : 0;
    if (flat_checks_ == 0 || (flat_checks_ < plateau_checks && !pace_.ended())) return;
    finished_ = true;
    trained.end = learn::TrialEnd::plateau;
    trained.why = "after " + std::to_string(pace_.steps()) +
                  " steps the network is no better than the baseline alone (R2 of its targets " +
                  std::to_string(r2) + ")";
  }

  void keep_the_best(double loss, Trained& trained) {
    if (!best_.defined() || loss < best_loss_) {
      best_ = network_.flat().clone();
      best_loss_ = loss;
      worse_ = 0;
      return;
    }
    if (++worse_ < options_.patience || pace_.ended()) return;
    trained.early = true;
    finished_ = true;
  }

  std::vector<learn::Network::Weights> exported(const torch::Tensor& flat) const {
    auto weights = network_.weights(flat);
    weights.back().weight *= static_cast<float>(unit_);
    weights.back().bias *= static_cast<float>(unit_);
    return weights;
  }

  // Order and number are the checkpoint's format.
  std::vector<double> numbers() const {
    return {static_cast<double>(pace_.steps()),
            pace_.done(),
            pace_.remaining(),
            used(),
            static_cast<double>(place_.epoch),
            static_cast<double>(place_.part),
            static_cast<double>(place_.batch),
            first_loss_,
            static_cast<double>(losses_),
            static_cast<double>(checked_),
            static_cast<double>(flat_checks_),
            best_loss_,
            static_cast<double>(worse_)};
  }

  void save() {
    last_checkpoint_ = used();
    if (options_.checkpoint.empty() || rank_ != 0) return;
    torch::serialize::OutputArchive archive;
    archive.write("identity", torch::IValue{options_.identity});
    archive.write("numbers", torch::tensor(numbers(), torch::kFloat64));
    archive.write("weights", network_.flat(), true);
    archive.write("mean", mean_, true);
    archive.write("square", square_, true);
    archive.write("loss", loss_sum_, true);
    if (best_.defined()) archive.write("best", best_, true);
    const auto temporary = options_.checkpoint.string() + ".new";
    archive.save_to(temporary);
    settle(temporary, options_.checkpoint);
  }

  /// What a checkpoint holds; nothing of it is used before all of it has been read.
  struct Saved {
    torch::Tensor numbers;
    torch::Tensor weights;
    torch::Tensor mean;
    torch::Tensor square;
    torch::Tensor loss;
    torch::Tensor best;
  };

  /// A note for people if there is a checkpoint; empty: none.
  std::string resume() {
    if (options_.checkpoint.empty() || !std::filesystem::exists(options_.checkpoint)) return {};
    try {
      torch::serialize::InputArchive archive;
      archive.load_from(options_.checkpoint.string());
      torch::IValue identity;
      archive.read("identity", identity);
      if (identity.toStringRef() != options_.identity)
        return "the checkpoint is of other settings or samples: begins again";
      go_on(read(archive));
    } catch (const c10::Error& error) {
      return "the checkpoint cannot be read (" + std::string{error.what_without_backtrace()} +
             "): begins again";
    }
    return "goes on at step " + std::to_string(pace_.steps());
  }

  Saved read(torch::serialize::InputArchive& archive) const {
    Saved saved;
    archive.read("numbers", saved.numbers);
    archive.read("weights", saved.weights, true);
    archive.read("mean", saved.mean, true);
    archive.read("square", saved.square, true);
    archive.read("loss", saved.loss, true);
    archive.try_read("best", saved.best, true);
    TORCH_CHECK(saved.numbers.numel() == static_cast<std::int64_t>(numbers().size()),
                "it has another length");
    for (const auto& each : {saved.weights, saved.mean, saved.square})
      TORCH_CHECK(each.sizes() == network_.flat().sizes(), "it is of another network");
    return saved;
  }

  void go_on(const Saved& saved) {
    const torch::NoGradGuard guard;
    network_.flat().copy_(saved.weights);
    mean_.copy_(saved.mean);
    square_.copy_(saved.square);
    loss_sum_.copy_(saved.loss);
    if (saved.best.defined()) best_ = saved.best.to(device_);
    go_on_at(saved.numbers.data_ptr<double>());
  }

  /// As numbers().
  void go_on_at(const double* at) {
    const auto count = [at](int k) { return static_cast<std::uint64_t>(at[k]); };
    used_before_ = at[3];
    pace_.resume(count(0), at[1], at[2], at[3]);
    place_ = {count(4), count(5), count(6)};
    first_loss_ = at[7];
    losses_ = count(8);
    checked_ = static_cast<int>(at[9]);
    flat_checks_ = static_cast<int>(at[10]);
    best_loss_ = at[11];
    worse_ = count(12);
  }

  /// Where rank 0 goes on, which alone has a checkpoint, all go on. The order of the rows follows from that.
  void take_from_the_first() {
    const torch::NoGradGuard guard;
    auto said = numbers();
    const auto count = said.size();
    said.push_back(best_.defined() ? 1 : 0);
    said.push_back(nothing_left_ ? 1 : 0);
    options_.peers->broadcast(std::as_writable_bytes(std::span{said}));
    if (rank_ != 0) go_on_at(said.data());
    nothing_left_ = said[count + 1] > 0;
    if (said[count] > 0 && !best_.defined()) best_ = torch::zeros_like(network_.flat());
    for (auto* each : {&network_.flat(), &mean_, &square_, &loss_sum_}) take_from_the_first(*each);
    if (best_.defined()) take_from_the_first(best_);
  }

  void take_from_the_first(torch::Tensor& tensor) {
    auto plain = tensor.to(torch::kCPU).contiguous();
    options_.peers->broadcast(std::as_writable_bytes(span_of(plain)));
    if (rank_ != 0) tensor.copy_(plain);
  }

  RowSource& rows_;
  const TrainingOptions& options_;
  torch::Device device_;
  int peers_;
  int rank_;
  std::int64_t batch_;
  TorchNetwork network_;
  torch::Tensor mean_;
  torch::Tensor square_;
  torch::Tensor loss_sum_;  ///< since the last check, in units of unit_ squared
  torch::Tensor check_x_;
  torch::Tensor check_z_;
  bool dropout_;
  double steps_an_epoch_;
  Pace pace_;
  clockid_t clock_;
  double unit_ = 1;  ///< rms of the targets: what is learned are targets / unit_
  double baseline_loss_ = 1;
  bool nothing_left_ = false;  ///< to learn: no plateau
  torch::Tensor exchange_;
  torch::Tensor x_;
  torch::Tensor z_;
  Place place_;
  int tiny_parts_ = 0;
  std::uint64_t losses_ = 0;
  double first_loss_ = 0;
  int checked_ = 0;
  int flat_checks_ = 0;
  torch::Tensor best_;
  double best_loss_ = 0;
  std::uint64_t worse_ = 0;
  bool asked_to_stop_ = false;
  bool all_look_ = false;  ///< after this step
  bool finished_ = false;
  double began_ = 0;
  double used_before_ = 0;
  double last_checkpoint_ = 0;
  double last_look_ = 0;
};

}  // namespace

void require_device(const std::string& name) {
  device_of(name);
}

void use_threads(int threads) {
  torch::set_num_threads(threads);
  set_blas_threads(threads);
  // Numbers too small for a normal float cost a hundred times as much, and change nothing.
  at::globalContext().setFlushDenormal(true);
}

Trained train(RowSource& rows, const TrainingSet& check, const TrainingOptions& options,
              const std::function<void(const Check&)>& tell, const Resumed& resumed) {
  ensure(options.budget_s.has_value() != options.epochs.has_value(), "either a time or a number of epochs");
  ensure(rows.rows() > 0 && check.x.rows() > 0, "one row at least, to learn from and to check");
  use_threads(options.threads);
  return Training{rows, check, options}.run(tell, resumed);
}

}  // namespace tranche::trainer
