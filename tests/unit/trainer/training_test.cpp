#include "training.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <mutex>
#include <thread>

#include "random_network.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::trainer;
using learn::TrialEnd;

namespace {

TrainingSet smooth(Eigen::Index rows, unsigned seed = 1) {
  learn::test::Dice dice{seed};
  TrainingSet set{dice.floats(static_cast<std::uint64_t>(rows), 2), learn::Matrix(rows, 3)};
  for (Eigen::Index k = 0; k < rows; ++k) {
    const float a = set.x(k, 0);
    const float b = set.x(k, 1);
    set.z.row(k) << 0.1F * std::sin(3 * a), 0.1F * a * b, 0.1F * std::cos(2 * b) - 0.05F;
  }
  return set;
}

TrainingSet noise(Eigen::Index rows, unsigned seed) {
  learn::test::Dice dice{seed};
  const auto count = static_cast<std::uint64_t>(rows);
  return {dice.floats(count, 2), dice.floats(count, 3)};
}

TrainingOptions small() {
  TrainingOptions options;
  options.network = learn::residual_network(16, 2, 3);
  options.epochs = 10;
  options.batch = 16;
  return options;
}

struct Outcome {
  Trained trained;
  std::vector<Check> checks;
  std::string note;
};

Outcome train_on(RowSource& rows, const TrainingSet& check, const TrainingOptions& options) {
  Outcome outcome;
  outcome.trained = train(
      rows, check, options, [&](const Check& seen) { outcome.checks.push_back(seen); },
      [&](std::uint64_t, const std::string& note) { outcome.note = note; });
  return outcome;
}

Outcome train_on(const TrainingSet& set, const TrainingSet& check, const TrainingOptions& options) {
  ResidentRows rows{set};
  return train_on(rows, check, options);
}

bool same_bits(const std::vector<learn::Network::Weights>& a, const std::vector<learn::Network::Weights>& b) {
  const auto same = [](const auto& one, const auto& other) {
    return one.size() == other.size() &&
           std::memcmp(one.data(), other.data(), static_cast<std::size_t>(one.size()) * sizeof(float)) == 0;
  };
  for (std::size_t k = 0; k < a.size(); ++k)
    if (!same(a[k].weight, b[k].weight) || !same(a[k].bias, b[k].bias) || !same(a[k].alpha, b[k].alpha))
      return false;
  return a.size() == b.size();
}

double mean_square(const Trained& trained, const learn::NetworkSpec& spec, const TrainingSet& set) {
  const learn::Network network{spec, static_cast<std::uint64_t>(set.x.cols()), trained.weights};
  return static_cast<double>((network(set.x) - set.z).array().square().mean());
}

/// Asks to stop so many steps after the first.
std::function<bool()> after(int steps) {
  return [left = steps]() mutable { return --left < 0; };
}

/// Ranks of an MPI job, as threads.
class Table {
 public:
  explicit Table(int size) : size_{size} {}

  template <class Work>
  void meet(const Work& work) {
    std::unique_lock lock{mutex_};
    work();
    const auto round = round_;
    if (++here_ == size_) {
      here_ = 0;
      ++round_;
      all_here_.notify_all();
    } else {
      all_here_.wait(lock, [&] { return round_ != round; });
    }
  }
  int size() const { return size_; }

  std::vector<std::vector<float>> parts;
  std::vector<std::byte> said;

 private:
  int size_;
  int here_ = 0;
  int round_ = 0;
  std::mutex mutex_;
  std::condition_variable all_here_;
};

class ThreadPeers : public Peers {
 public:
  ThreadPeers(Table& table, int rank) : table_{table}, rank_{rank} {}
  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return table_.size(); }
  void sum(std::span<float> values) override {
    table_.meet([&] { table_.parts[static_cast<std::size_t>(rank_)].assign(values.begin(), values.end()); });
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k] = 0;
      for (const auto& part : table_.parts) values[k] += part[k];
    }
    table_.meet([] {});
  }
  void broadcast(std::span<std::byte> bytes) override {
    table_.meet([&] {
      if (rank_ == 0) table_.said.assign(bytes.begin(), bytes.end());
    });
    std::copy(table_.said.begin(), table_.said.end(), bytes.begin());
    table_.meet([] {});
  }

 private:
  Table& table_;
  int rank_;
};

std::pair<Outcome, Outcome> train_in_two(const TrainingSet& set, const TrainingSet& check,
                                         TrainingOptions first, TrainingOptions second) {
  Table table{2};
  table.parts.resize(2);
  ThreadPeers one{table, 0};
  ThreadPeers other{table, 1};
  first.peers = &one;
  second.peers = &other;
  std::pair<Outcome, Outcome> outcomes;
  std::thread thread{[&] { outcomes.second = train_on(set, check, second); }};
  outcomes.first = train_on(set, check, first);
  thread.join();
  return outcomes;
}

}  // namespace

TEST_CASE("a network learns, and what is handed out is what was learned") {
  const auto set = smooth(640);
  const auto check = smooth(100, 2);
  auto options = small();
  options.epochs = 30;
  const auto [trained, checks, note] = train_on(set, check, options);
  CHECK(trained.end == TrialEnd::ok);
  CHECK(trained.steps == 30u * 40u);
  CHECK(trained.epochs == Approx(30));
  REQUIRE(checks.size() == 20);
  CHECK(checks.back().done == 1);
  CHECK(checks.back().r2 > 0.95);
  CHECK(checks.back().loss < 0.1 * checks.front().loss);
  // In the targets' own size, by the plain network.
  CHECK(mean_square(trained, options.network, check) == Approx(checks.back().check_loss).epsilon(1e-4));
  CHECK(note.empty());
}

TEST_CASE("every kind of layer learns") {
  using namespace learn;
  const auto gate = Activation::gate;
  TrainingOptions options = small();
  options.epochs = 40;
  options.network = {{Linear{24, gate}, Reshape{{4, 6}}, Conv{4, 3, gate}, Transposed{3, 4, 2, gate},
                      Upsample{2}, Conv{1, 3}, Dropout{0.05}, Linear{3}}};
  const auto outcome = train_on(smooth(640), smooth(100, 2), options);
  CHECK(outcome.trained.end == TrialEnd::ok);
  CHECK(outcome.checks.back().r2 > 0.5);
}

TEST_CASE("the same seed gives the same bits, another one others") {
  const auto set = smooth(200);
  auto options = small();
  options.network.layers.insert(options.network.layers.begin() + 1, learn::Dropout{0.1});
  const auto first = train_on(set, set, options);
  const auto second = train_on(set, set, options);
  CHECK(same_bits(first.trained.weights, second.trained.weights));
  options.seed = 2;
  CHECK_FALSE(same_bits(first.trained.weights, train_on(set, set, options).trained.weights));
}

TEST_CASE("stopped and resumed, wherever that is, training ends in the same bits") {
  const auto set = smooth(300);
  auto options = small();
  options.network.layers.insert(options.network.layers.begin() + 1, learn::Dropout{0.1});
  options.identity = "one";
  options.batch = 4;
  options.epochs = 60;
  const auto whole = train_on(set, set, options);
  for (const int steps : {0, 40, 224, 1000}) {
    const test::TemporaryFolder folder;
    options.checkpoint = folder / "checkpoint.pt";
    options.stop = after(steps);
    const auto half = train_on(set, set, options);
    REQUIRE(half.trained.end == TrialEnd::stopped);
    REQUIRE(half.trained.steps == static_cast<std::uint64_t>(steps) + 1);
    options.stop = {};
    const auto rest = train_on(set, set, options);
    CHECK(rest.note == "goes on at step " + std::to_string(half.trained.steps));
    CHECK(rest.trained.steps == whole.trained.steps);
    CHECK(same_bits(rest.trained.weights, whole.trained.weights));
    REQUIRE(!rest.checks.empty());
    CHECK(rest.checks.back().loss == whole.checks.back().loss);
    CHECK(half.checks.size() + rest.checks.size() == whole.checks.size());
  }
}

TEST_CASE("a checkpoint of something else, or a broken one, is not used") {
  const test::TemporaryFolder folder;
  const auto set = smooth(300);
  auto options = small();
  options.identity = "one";
  const auto whole = train_on(set, set, options);
  options.checkpoint = folder / "checkpoint.pt";
  options.stop = after(0);
  REQUIRE(train_on(set, set, options).trained.end == TrialEnd::stopped);
  options.stop = {};
  options.identity = "another";
  const auto other = train_on(set, set, options);
  CHECK(other.note.find("other settings") != std::string::npos);
  CHECK(same_bits(other.trained.weights, whole.trained.weights));
  std::ofstream{options.checkpoint, std::ios::binary} << "no checkpoint";
  const auto broken = train_on(set, set, options);
  CHECK(broken.note.find("cannot be read") != std::string::npos);
  CHECK(same_bits(broken.trained.weights, whole.trained.weights));
}

TEST_CASE("a rate far too large is said to diverge") {
  auto options = small();
  options.learning_rate = 1e4;
  options.clip = 1e9;
  const auto outcome = train_on(smooth(640), smooth(100, 2), options);
  CHECK(outcome.trained.end == TrialEnd::diverged);
  CHECK(outcome.trained.why.find("loss") != std::string::npos);
  CHECK(outcome.trained.steps < 400);
}

TEST_CASE("what cannot be learned is a plateau, and ends early") {
  auto options = small();
  options.epochs = 4;
  options.network = learn::mlp_network(4, 1, 3);
  const auto outcome = train_on(noise(6400, 1), noise(1000, 2), options);
  CHECK(outcome.trained.end == TrialEnd::plateau);
  CHECK(outcome.trained.why.find("no better than the baseline") != std::string::npos);
  CHECK(outcome.trained.steps < 1600);
}

TEST_CASE("with patience, training ends when the checks get no better, with the best weights") {
  // Few noisy rows are learned by heart: what is not among them gets worse.
  auto set = smooth(32);
  set.z += 0.1F * noise(32, 7).z;
  const auto check = smooth(200, 2);
  auto options = small();
  options.network = learn::residual_network(64, 3, 3);
  options.epochs = 600;
  options.learning_rate = 1e-2;
  options.patience = 3;
  const auto outcome = train_on(set, check, options);
  CHECK(outcome.trained.end == TrialEnd::ok);
  REQUIRE(outcome.trained.early);
  double best = outcome.checks.front().check_loss;
  for (const auto& seen : outcome.checks) best = std::min(best, seen.check_loss);
  CHECK(mean_square(outcome.trained, options.network, check) == Approx(best).epsilon(1e-4));
}

TEST_CASE("where nothing is left to learn, nothing learned is no failure") {
  auto options = small();
  auto none = smooth(640);
  none.z.setZero();
  const auto zeros = train_on(none, none, options);
  CHECK(zeros.trained.end == TrialEnd::ok);
  CHECK(zeros.checks.back().r2 == 0);
  CHECK(mean_square(zeros.trained, options.network, none) < 1e-20);
  options.epochs = 4;
  options.network = learn::mlp_network(4, 1, 3);
  options.targets_are_rounding = true;
  CHECK(train_on(noise(6400, 1), noise(1000, 2), options).trained.end == TrialEnd::ok);
}

TEST_CASE("a batch larger than all rows is all rows") {
  auto options = small();
  options.batch = 1000;
  options.epochs = 100;
  const auto outcome = train_on(smooth(50), smooth(10, 2), options);
  CHECK(outcome.trained.steps == 100);
}

TEST_CASE("rows in parts are learned from as those in memory are") {
  class Parts : public RowSource {
   public:
    Parts() : set_{smooth(640)} {}
    std::uint64_t rows() const override { return 640; }
    std::uint64_t parts() const override { return 4; }
    const TrainingSet& part(std::uint64_t, std::uint64_t number) override {
      const auto from = static_cast<Eigen::Index>(number) * 160;
      now_ = {set_.x.middleRows(from, 160), set_.z.middleRows(from, 160)};
      seen[number] += 1;
      return now_;
    }
    std::array<int, 4> seen{};

   private:
    TrainingSet set_;
    TrainingSet now_;
  } parts;
  auto options = small();
  options.epochs = 30;
  const auto outcome = train_on(parts, smooth(100, 2), options);
  CHECK(outcome.trained.end == TrialEnd::ok);
  CHECK(outcome.checks.back().r2 > 0.9);
  for (const int times : parts.seen) CHECK(times == 30);
}

TEST_CASE("two that share a batch learn what one learns alone, with the same bits on both") {
  const auto set = smooth(640);
  const auto check = smooth(100, 2);
  auto options = small();
  const auto alone = train_on(set, check, options);
  const auto [ours, theirs] = train_in_two(set, check, options, options);
  CHECK(same_bits(ours.trained.weights, theirs.trained.weights));
  CHECK(ours.checks.back().check_loss == Approx(alone.checks.back().check_loss).epsilon(1e-3));
  CHECK(ours.checks.front().loss == Approx(alone.checks.front().loss).epsilon(1e-6));
}

TEST_CASE("two go on where the first one's checkpoint is, with the bits of an uninterrupted training") {
  const test::TemporaryFolder folder;
  const auto set = smooth(320);
  auto options = small();
  options.patience = 20;
  const auto whole = train_in_two(set, set, options, options).first;
  auto first = options;
  first.checkpoint = folder / "checkpoint.pt";
  // Whoever is asked, both stop.
  auto second = options;
  second.stop = after(66);
  const auto [half, other_half] = train_in_two(set, set, first, second);
  REQUIRE(half.trained.end == TrialEnd::stopped);
  REQUIRE(other_half.trained.end == TrialEnd::stopped);
  REQUIRE(half.trained.steps == 67);
  second.stop = {};
  const auto [ours, theirs] = train_in_two(set, set, first, second);
  CHECK(ours.note == "goes on at step 67");
  CHECK(theirs.trained.steps == whole.trained.steps);
  CHECK(same_bits(ours.trained.weights, whole.trained.weights));
  CHECK(same_bits(theirs.trained.weights, whole.trained.weights));
}

TEST_CASE("a device that is not there is named") {
  try {
    require_device("cuda");
    SUCCEED("this machine has one");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::environment);
    CHECK(std::string{failure.what()}.find("cuda") != std::string::npos);
    CHECK(failure.fix().find("device: cpu") != std::string::npos);
  }
}
