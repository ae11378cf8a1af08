/// tranche-train: trains one surrogate of a campaign's output. Started by `tranche train`.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "dataset.hpp"
#include "training.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/base/version.hpp"
#include "tranche/campaign/make_design.hpp"
#include "tranche/learn/accuracy.hpp"
#include "tranche/learn/hold_out.hpp"
#include "tranche/surrogate/surrogate.hpp"

namespace {

using namespace tranche;

struct Options {
  std::filesystem::path campaign;
  std::filesystem::path result;  ///< the surrogate's file
  std::string preset = "residual";
  std::string output;
  std::optional<unsigned> stage;
  std::optional<double> minutes;
  std::optional<std::uint64_t> epochs;
  std::uint64_t width = 256;
  std::uint64_t components = 64;
  std::string baseline = "cubic";
  double floor_dex = 10;
  double hold_out = 0.1;
  double window = 8;
  trainer::TrainingOptions training;
};

std::vector<surrogate::Input> inputs_of(const campaign::CampaignSpec& spec) {
  std::vector<surrogate::Input> inputs;
  for (const auto& parameter : spec.parameters) {
    const auto domain = campaign::make_domain(parameter);
    inputs.push_back({parameter.name, parameter.unit,
                      static_cast<surrogate::Input::Scale>(domain.kind()), domain.lo(), domain.hi()});
  }
  return inputs;
}

std::size_t output_number(const campaign::CampaignSpec& spec, const std::string& name) {
  for (std::size_t k = 0; k < spec.outputs.size(); ++k)
    if (name.empty() ? spec.outputs[k].size > 1 : spec.outputs[k].name == name) return k;
  throw Failure{ExitCode::usage,
                name.empty() ? "the campaign has no output with an axis" : "there is no output `" + name + "`",
                "--output NAME"};
}

/// Rows whose sample is (not) held out.
std::vector<Eigen::Index> rows_where(const trainer::Dataset& data, double share, bool held_out) {
  std::vector<Eigen::Index> rows;
  for (std::size_t k = 0; k < data.index.size(); ++k)
    if (learn::is_held_out(data.index[k], share) == held_out) rows.push_back(static_cast<Eigen::Index>(k));
  return rows;
}

learn::NetworkSpec network_of(const Options& options, std::uint64_t targets) {
  if (options.preset == "residual") return learn::residual_network(options.width, 3, targets);
  return learn::mlp_network(options.width, 3, targets);
}

void tell(const trainer::Progress& progress) {
  std::cout << nlohmann::ordered_json{{"done", progress.done},
                                      {"epoch", progress.epoch},
                                      {"loss", progress.loss},
                                      {"check_loss", progress.check_loss},
                                      {"cpu_s", progress.cpu_s}}
                   .dump()
            << std::endl;
}

Eigen::MatrixXd scaled(const std::vector<surrogate::Input>& inputs, const Eigen::MatrixXd& x) {
  Eigen::MatrixXd u(x.rows(), x.cols());
  for (Eigen::Index column = 0; column < x.cols(); ++column)
    for (Eigen::Index row = 0; row < x.rows(); ++row)
      u(row, column) = inputs[static_cast<std::size_t>(column)].scaled(x(row, column));
  return u;
}

int run(Options options) {
  const auto view = inspect::open_campaign(directory::find_campaign(options.campaign));
  const auto which = output_number(view.spec, options.output);
  const auto& output = view.spec.outputs[which];
  const auto data = trainer::read_dataset(
      view, which, options.stage ? std::optional{static_cast<std::uint8_t>(*options.stage)} : std::nullopt);
  const auto learned = rows_where(data, options.hold_out, false);
  const auto held_out = rows_where(data, options.hold_out, true);
  if (learned.size() < 2 || held_out.empty())
    throw Failure{ExitCode::usage, std::to_string(data.index.size()) + " samples are too few to learn from",
                  "run another stage, or a smaller --hold-out"};

  auto inputs = inputs_of(view.spec);
  const Eigen::MatrixXd u = scaled(inputs, data.x);
  const Eigen::MatrixXd u_learned = u(learned, Eigen::all);
  const Eigen::MatrixXd y_learned = data.y(learned, Eigen::all);
  const bool log10 = output.transform == campaign::Transform::log10;
  learn::TargetOptions how;
  if (log10) how.floor_dex = options.floor_dex;
  else how.floor_dex.reset();
  how.baseline = *learn::baseline_of(options.baseline);
  how.components = options.components;
  const auto targets = learn::Targets::fit(how, u_learned, y_learned);

  const trainer::TrainingSet set{u_learned.cast<float>(), targets.encode(u_learned, y_learned)};
  const Eigen::MatrixXd u_check = u(held_out, Eigen::all);
  const Eigen::MatrixXd y_check = data.y(held_out, Eigen::all);
  const trainer::TrainingSet check{u_check.cast<float>(), targets.encode(u_check, y_check)};
  options.training.network = network_of(options, targets.count());
  if (options.epochs) options.training.epochs = options.epochs;
  else options.training.cpu_s = 60 * options.minutes.value_or(1);
  auto trained = trainer::train(set, check, options.training, tell);
  if (trained.end == trainer::TrainingEnd::diverged)
    throw Failure{ExitCode::stopped, "the training diverged", "a smaller --learning-rate"};

  surrogate::Surrogate result{std::move(inputs),
                              output.name,
                              output.unit,
                              log10,
                              output.floor,
                              {},
                              targets,
                              {options.training.network, static_cast<std::uint64_t>(u.cols()),
                               std::move(trained.weights)},
                              {},
                              {}};
  for (const auto axis : output.axes)
    result.axes.push_back({view.spec.axes[axis].name, view.spec.axes[axis].unit, view.spec.axes[axis].values});
  Eigen::MatrixXd truth = y_check;
  if (how.floor_dex)
    for (Eigen::Index row = 0; row < truth.rows(); ++row) {
      Eigen::RowVectorXd one = truth.row(row);
      learn::soften(one, *how.floor_dex);
      truth.row(row) = one;
    }
  const Eigen::MatrixXd x_check = data.x(held_out, Eigen::all);
  result.accuracy = learn::accuracy(truth, result.evaluate(x_check), options.window);
  result.provenance = {view.spec.name,
                       view.lock->stamp.campaign_id,
                       data.stages,
                       data.digest,
                       view.lock->stamp.simulator_digest,
                       std::string{version()},
                       learned.size(),
                       options.training.seed,
                       trained.cpu_s};
  std::filesystem::create_directories(options.result.parent_path());
  surrogate::save(result, options.result);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"trains a surrogate of a campaign; started by `tranche train`"};
  app.add_option("--campaign", options.campaign)->required();
  app.add_option("--result", options.result)->required();
  app.add_option("--output", options.output);
  app.add_option("--stage", options.stage);
  app.add_option("--preset", options.preset)->check(CLI::IsMember({"residual", "mlp"}));
  app.add_option("--minutes", options.minutes)->check(CLI::PositiveNumber);
  app.add_option("--epochs", options.epochs)->check(CLI::PositiveNumber);
  app.add_option("--width", options.width)->check(CLI::Range(1, 65'536));
  app.add_option("--components", options.components);
  app.add_option("--baseline", options.baseline)->check(CLI::IsMember({"off", "linear", "cubic"}));
  app.add_option("--floor-dex", options.floor_dex)->check(CLI::PositiveNumber);
  app.add_option("--hold-out", options.hold_out)->check(CLI::Range(0.001, 0.9));
  app.add_option("--batch", options.training.batch)->check(CLI::PositiveNumber);
  app.add_option("--learning-rate", options.training.learning_rate)->check(CLI::PositiveNumber);
  app.add_option("--seed", options.training.seed);
  app.add_option("--threads", options.training.threads)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const Failure& failure) {
    std::cerr << "tranche-train: " << failure.what() << '\n';
    if (!failure.fix().empty()) std::cerr << "  next: " << failure.fix() << '\n';
    return static_cast<int>(failure.code());
  } catch (const ConfigError& error) {
    std::cerr << "tranche-train: " << error.what() << '\n';
    return static_cast<int>(ExitCode::usage);
  } catch (const std::exception& error) {
    std::cerr << "tranche-train: " << error.what() << '\n';
    return static_cast<int>(ExitCode::unexpected);
  }
}
