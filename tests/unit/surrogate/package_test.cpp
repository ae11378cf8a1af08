#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <iterator>

#include "support/random_surrogate.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::surrogate {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream stream{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

void require_same(const learn::Accuracy& a, const learn::Accuracy& b) {
  REQUIRE(a.samples == b.samples);
  REQUIRE(a.points == b.points);
  REQUIRE((a.r2 == b.r2 && a.mse == b.mse && a.mean == b.mean && a.median == b.median));
  REQUIRE((a.p95 == b.p95 && a.p99 == b.p99 && a.max == b.max && a.roughness == b.roughness));
}

void require_same(const learn::Targets& a, const learn::Targets& b) {
  REQUIRE(a.floor_dex == b.floor_dex);
  REQUIRE((a.baseline == b.baseline && a.form == b.form));
  REQUIRE((a.mean == b.mean && a.scale == b.scale));
  REQUIRE((a.coefficients == b.coefficients && a.components == b.components));
  REQUIRE(a.components.cols() == b.components.cols());
}

void require_same(const learn::Network& a, const learn::Network& b) {
  REQUIRE(a.spec() == b.spec());
  REQUIRE(a.inputs() == b.inputs());
  for (std::size_t k = 0; k < a.weights().size(); ++k) {
    REQUIRE(a.weights()[k].weight == b.weights()[k].weight);
    REQUIRE(a.weights()[k].bias == b.weights()[k].bias);
    REQUIRE(a.weights()[k].alpha == b.weights()[k].alpha);
    REQUIRE(a.weights()[k].beta == b.weights()[k].beta);
  }
}

void require_same(const Provenance& a, const Provenance& b) {
  REQUIRE((a.model == b.model && a.campaign == b.campaign && a.campaign_id == b.campaign_id));
  REQUIRE(
      (a.stages == b.stages && a.store_digest == b.store_digest && a.simulator_digest == b.simulator_digest));
  REQUIRE((a.tranche_version == b.tranche_version && a.settings == b.settings));
  REQUIRE((a.samples == b.samples && a.held_out == b.held_out && a.hold_out_share == b.hold_out_share));
  REQUIRE((a.training_cpu_s == b.training_cpu_s && a.simulation_core_s == b.simulation_core_s));
}

Surrogate round_trip(const Surrogate& made) {
  const test::TemporaryFolder folder;
  save(made, folder / "surrogate.h5");
  return load(folder / "surrogate.h5");
}

/// What loading says of a file's bytes.
template <class Error>
std::string message_of(const std::string& bytes) {
  const test::TemporaryFolder folder;
  folder.write("surrogate.h5", bytes);
  try {
    load(folder / "surrogate.h5");
  } catch (const Error& error) {
    return error.what();
  }
  FAIL("was read");
  return {};
}

std::string saved(const Surrogate& made) {
  const test::TemporaryFolder folder;
  save(made, folder / "surrogate.h5");
  return bytes_of(folder / "surrogate.h5");
}

test::RandomSurrogate small() {
  test::RandomSurrogate wish;
  wish.points = 12;
  wish.components = 4;
  wish.layers = {"linear 8", "residual gelu", "linear 6 gate"};
  return wish;
}

}  // namespace

TEST_CASE("A surrogate is read back bit for bit") {
  auto wish = small();
  wish.members = 3;
  const auto made = test::make(wish);
  const auto found = round_trip(made);
  REQUIRE(found.inputs.size() == 7);
  for (std::size_t k = 0; k < 7; ++k) {
    REQUIRE(found.inputs[k].name == made.inputs[k].name);
    REQUIRE(found.inputs[k].unit == made.inputs[k].unit);
    REQUIRE(found.inputs[k].scale == made.inputs[k].scale);
    REQUIRE((found.inputs[k].lo == made.inputs[k].lo && found.inputs[k].hi == made.inputs[k].hi));
  }
  REQUIRE(found.constants.size() == 1);
  REQUIRE((found.constants[0].name == "z" && found.constants[0].value == 0.031));
  REQUIRE(found.constraints == made.constraints);
  REQUIRE((found.output == "sed" && found.output_unit == "erg s-1" && found.log10 && found.floor == 1e-60));
  REQUIRE(found.axes.size() == 1);
  REQUIRE((found.axes[0].name == "nu" && found.axes[0].unit == "Hz" &&
           found.axes[0].values == made.axes[0].values));
  REQUIRE(found.members.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    REQUIRE(
        (found.members[k].trial == made.members[k].trial && found.members[k].seed == made.members[k].seed));
    require_same(found.members[k].accuracy, made.members[k].accuracy);
    require_same(found.members[k].targets, made.members[k].targets);
    require_same(found.members[k].network, made.members[k].network);
  }
  require_same(found.accuracy, made.accuracy);
  REQUIRE((found.spread_scale == 1.7 && found.coverage_1 == 0.68 && found.coverage_2 == 0.95));
  require_same(found.provenance, made.provenance);
}

TEST_CASE("Every form of targets, every kind of layer and empty lists are read back") {
  for (const auto form :
       {learn::TargetForm::value, learn::TargetForm::derivative, learn::TargetForm::components})
    for (const auto baseline : {learn::Baseline::off, learn::Baseline::linear, learn::Baseline::cubic}) {
      auto wish = small();
      wish.form = form;
      wish.baseline = baseline;
      wish.inputs = 2;
      wish.layers = {"linear 12 silu", "reshape 3 4", "conv 4 3 relu", "transposed 2 5 2 gate",
                     "upsample 2",     "dropout 0.1", "linear 5 atan"};
      auto made = test::make(wish);
      made.constants.clear();
      made.constraints.clear();
      made.provenance.settings.clear();
      made.members.front().targets.floor_dex.reset();
      const auto found = round_trip(made);
      require_same(found.members.front().targets, made.members.front().targets);
      require_same(found.members.front().network, made.members.front().network);
      REQUIRE((found.constants.empty() && found.constraints.empty() && found.provenance.settings.empty()));
      REQUIRE(std::isnan(found.spread_scale));
    }
}

TEST_CASE("A file that was cut off anywhere is named, never read") {
  const auto whole = saved(test::make(small()));
  for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 97) {
    const auto text = message_of<DamageError>(whole.substr(0, length));
    INFO(length << " of " << whole.size() << " bytes: " << text);
    REQUIRE(text.find("surrogate.h5") != std::string::npos);
  }
}

TEST_CASE("A changed byte is found, or changes nothing that is read") {
  const auto made = test::make(small());
  const auto whole = saved(made);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Constant(1, 7, 10);
  const auto before = made.evaluate(x);
  std::size_t found = 0;
  const test::TemporaryFolder folder;
  for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 499) {
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    folder.write("surrogate.h5", bytes);
    Eigen::MatrixXd after;
    try {
      after = load(folder / "surrogate.h5").evaluate(x);
    } catch (const Failure&) {
      ++found;
      continue;
    }
    REQUIRE(after == before);
  }
  REQUIRE(found > 100);
}

TEST_CASE("What is no surrogate, or not there, is said") {
  REQUIRE(message_of<DamageError>("").find("no HDF5 file, or was cut off (0 bytes)") != std::string::npos);
  REQUIRE(message_of<DamageError>(std::string(5000, 'x')).find("no HDF5 file") != std::string::npos);
  const test::TemporaryFolder folder;
  REQUIRE_THROWS_AS(load(folder / "none.h5"), IoError);
  REQUIRE_THROWS_AS(load(folder.path()), IoError);
}

TEST_CASE("A file that cannot be written leaves nothing behind") {
  const test::TemporaryFolder folder;
  REQUIRE_THROWS_AS(save(test::make(small()), folder / "none/surrogate.h5"), IoError);
  std::filesystem::create_directory(folder / "surrogate.h5");
  REQUIRE_THROWS_AS(save(test::make(small()), folder / "surrogate.h5"), IoError);
  REQUIRE(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
}

TEST_CASE("Members of an ensemble have a mean and a spread; one alone has no spread") {
  auto wish = small();
  wish.members = 2;
  const auto two = test::make(wish);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Constant(3, 7, 20);
  const auto prediction = two.predict(x);
  const Eigen::MatrixXd a = two.evaluate_member(0, x);
  const Eigen::MatrixXd b = two.evaluate_member(1, x);
  REQUIRE((prediction.mean - (a + b) / 2).cwiseAbs().maxCoeff() < 1e-12);
  REQUIRE((prediction.spread - (a - b).cwiseAbs() / 2).cwiseAbs().maxCoeff() < 1e-12);
  wish.members = 1;
  REQUIRE(test::make(wish).predict(x).spread.array().isNaN().all());
}

}  // namespace tranche::surrogate
