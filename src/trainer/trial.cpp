#include "trial.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "encoder.hpp"
#include "history.hpp"
#include "index_list.hpp"
#include "memory.hpp"
#include "samples.hpp"
#include "selection.hpp"
#include "shared_set.hpp"
#include "training.hpp"
#include "tranche/base/checksum.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "tranche/base/version.hpp"
#include "tranche/campaign/make_design.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/learn/accuracy.hpp"
#include "tranche/learn/trial_json.hpp"
#include "tranche/surrogate/surrogate.hpp"
#include "trial_folder.hpp"

namespace tranche::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_held_out = 20'000;
constexpr double default_minutes = 1;
constexpr double rounding = 1e-6;  ///< of the outputs' spread: nobody can learn that

learn::TrialSettings settings_of(const TrialJob& job) {
  const auto path = job.model / "trials.json";
  const auto text = directory::read_file(path);
  if (!text) throw Failure{ExitCode::usage, "there is no " + path.string(), "tranche train"};
  const auto trials = learn::trials_from_json(*text, path.string());
  if (job.trial >= trials.size())
    throw Failure{ExitCode::usage,
                  path.string() + " has " + std::to_string(trials.size()) + " trials, and no number " +
                      std::to_string(job.trial),
                  "they count from 0"};
  return trials[job.trial];
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

[[noreturn]] void unknown(const std::string& kind, const std::string& name,
                          const std::vector<std::string>& names) {
  const auto meant = did_you_mean(name, names);
  throw Failure{ExitCode::usage, "the campaign has no " + kind + " `" + name + "`",
                (meant ? "did you mean `" + *meant + "`? " : "") + "There " +
                    (names.size() == 1 ? "is " : "are ") + listed(names)};
}

std::size_t output_number(const campaign::CampaignSpec& spec, const std::string& name) {
  if (spec.outputs.empty())
    throw Failure{ExitCode::usage, "the campaign stores no outputs: there is nothing to learn",
                  "outputs: in campaign.yaml"};
  std::vector<std::string> names;
  for (const auto& output : spec.outputs) names.push_back(output.name);
  if (name.empty()) {
    const auto found = std::find_if(spec.outputs.begin(), spec.outputs.end(),
                                    [](const auto& output) { return !output.axes.empty(); });
    return found == spec.outputs.end() ? 0 : static_cast<std::size_t>(found - spec.outputs.begin());
  }
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) unknown("output", name, names);
  return static_cast<std::size_t>(found - names.begin());
}

std::optional<std::uint8_t> last_stage(const campaign::StagePlan& plan, const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (const auto* stage = plan.find(name)) return stage->key.stage;
  std::vector<std::string> names;
  for (const auto& stage : plan.stages()) names.push_back(stage.name);
  unknown("stage", name, names);
}

std::vector<surrogate::Input> inputs_of(const campaign::CampaignSpec& spec) {
  std::vector<surrogate::Input> inputs;
  for (const auto& parameter : spec.parameters) {
    const auto domain = campaign::make_domain(parameter);
    auto scale = surrogate::Input::Scale::linear;
    switch (domain.kind()) {
      case design::Domain::Kind::linear:
        break;
      case design::Domain::Kind::log:
        scale = surrogate::Input::Scale::log;
        break;
      case design::Domain::Kind::integer:
        scale = surrogate::Input::Scale::integer;
        break;
      case design::Domain::Kind::levels:
        scale = surrogate::Input::Scale::levels;
        break;
    }
    inputs.push_back({parameter.name, parameter.unit, scale, domain.lo(), domain.hi()});
  }
  return inputs;
}

learn::TargetOptions target_options(const learn::TrialSettings& settings, const campaign::Output& output) {
  auto options = settings.targets;
  if (output.transform != campaign::Transform::log10) options.floor_dex.reset();
  return options;
}

/// Everything that one process reads, and its peers are sent.
struct Prepared {
  std::size_t output = 0;
  std::optional<std::uint8_t> last;
  std::optional<SampleReader> reader;
  Selection selection;
  std::vector<SampleIndex> held_out;
  std::optional<Encoder> encoder;
  std::string identity;  ///< of settings and samples
};

std::string too_few(const std::vector<SampleIndex>& ok, const learn::TrialSettings& settings) {
  if (ok.empty()) return "no sample is ok yet: there is nothing to learn from";
  return format_count(ok.size()) + (ok.size() == 1 ? " sample is" : " samples are") +
         " ok, and too few of them are left to learn from (hold_out " + format_share(settings.hold_out) +
         ", fraction " + format_share(settings.fraction) + ")";
}

/// In the trial's own folder: a trial that goes on takes what it began with, although more is ok by now.
std::vector<SampleIndex> begun_with(const TrialFolder& folder, const std::vector<SampleIndex>& ok,
                                    const std::vector<SampleIndex>& chosen) {
  constexpr const char* key = "to learn from";
  if (auto list = read_index_list(folder.samples(), key); list && common(*list, ok).size() == list->size())
    return *std::move(list);
  write_index_list(folder.samples(), key, chosen);
  return chosen;
}

std::string digest_of(const std::vector<SampleIndex>& list) {
  return digest128(std::as_bytes(std::span{list})).hex();
}

/// To its last digit: shares that look the same rounded hold out other samples.
std::string exact(double number) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

void choose_samples(Prepared& prepared, const TrialJob& job, const TrialFolder& folder,
                    const learn::TrialSettings& settings) {
  const auto& reader = *prepared.reader;
  const auto ok = reader.ok(prepared.last);
  const auto chosen = to_learn_from(settings, ok);
  if (chosen.size() < 2) throw Failure{ExitCode::usage, too_few(ok, settings), "tranche run"};
  const auto all = begun_with(folder, ok, chosen);
  prepared.selection = select(settings, all);
  // Judged by the same samples, whatever stage a trial learns from and however far the campaign is.
  const auto every = reader.ok(std::nullopt);
  const auto key = "held out " + exact(settings.hold_out) + " of " + reader.output().name;
  prepared.held_out = common(
      first_index_list(job.model / "hold_out.bin", key, held_out(settings, every, most_held_out)), every);
  if (prepared.held_out.empty())
    throw Failure{ExitCode::usage,
                  "none of " + format_count(every.size()) +
                      " samples is held out: nothing could say how good the model is",
                  "a larger `hold_out`, or more samples: tranche run"};
  prepared.identity = learn::settings_to_json(settings) + " " + std::string{version()} + " " + digest_of(all);
}

Prepared prepare(const TrialJob& job, const inspect::CampaignView& view, const TrialFolder& folder,
                 const learn::TrialSettings& settings) {
  Prepared prepared;
  prepared.output = output_number(view.spec, settings.output);
  prepared.last = last_stage(view.plan, settings.stage);
  prepared.reader.emplace(view, prepared.output);
  choose_samples(prepared, job, folder, settings);
  const auto& output = view.spec.outputs[prepared.output];
  prepared.encoder.emplace(*prepared.reader, inputs_of(view.spec), target_options(settings, output),
                           prepared.selection.learned);
  return prepared;
}

/// Batches come from one part each: a larger one would never be filled.
void require_batches(const PartedRows& rows, std::uint64_t batch) {
  if (rows.parts() == 1 || std::min(batch, rows.rows()) <= rows.rows_a_part()) return;
  throw Failure{ExitCode::usage,
                "a batch of " + format_count(batch) + " is larger than a part of the rows: " +
                    format_count(rows.rows()) + " do not fit into the memory for them, and come in " +
                    format_count(rows.parts()) + " parts of " + format_count(rows.rows_a_part()),
                "a larger --memory, or `batch: " + std::to_string(rows.rows_a_part()) + "` at most"};
}

std::unique_ptr<RowSource> rows_of(const Prepared& prepared, std::uint64_t memory, const TrialJob& job,
                                   const learn::TrialSettings& settings) {
  const auto& encoder = *prepared.encoder;
  const auto& learned = prepared.selection.learned;
  const std::uint64_t row = (encoder.inputs().size() + encoder.targets().count()) * sizeof(float);
  // Twice: as read, and in the order of an epoch.
  if (learned.size() * row * 2 <= memory) return std::make_unique<ResidentRows>(encoder.encode(learned));
  if (job.peers != nullptr)
    throw Failure{ExitCode::usage,
                  format_count(learned.size()) + " samples take " +
                      format_size(static_cast<double>(learned.size() * row * 2)) +
                      ", more than the memory for them: ranks that train together hold all of them",
                  "one rank, or a larger --memory"};
  auto rows = std::make_unique<PartedRows>(encoder, learned, std::max<std::uint64_t>(1, memory / (2 * row)),
                                           settings.seed);
  require_batches(*rows, settings.batch);
  return rows;
}

TrainingOptions options_of(const learn::TrialSettings& settings, const TrialJob& job, std::uint64_t targets) {
  TrainingOptions options;
  options.network = learn::network_of(settings, targets);
  options.epochs = settings.epochs;
  if (!options.epochs) options.budget_s = 60 * settings.minutes.value_or(default_minutes);
  options.batch = settings.batch;
  options.learning_rate = settings.learning_rate;
  options.weight_decay = settings.weight_decay;
  options.clip = settings.clip;
  options.patience = settings.patience;
  options.seed = settings.seed;
  options.threads = settings.threads;
  options.device = settings.device;
  options.checkpoint_s = settings.checkpoint_s;
  options.peers = job.peers;
  options.stop = job.stop;
  return options;
}

void require_fit(const learn::NetworkSpec& network, std::uint64_t inputs) {
  const auto shapes = learn::shapes_of(network, inputs);
  if (const auto* fault = std::get_if<learn::LayerFault>(&shapes))
    throw Failure{ExitCode::usage, fault->what, "layers: in campaign.yaml"};
}

/// Mean cost of a sample that is ok, all attempts paid; 0: nobody has published it.
double simulation_cost(const inspect::CampaignView& view) {
  const auto status = directory::read_status(view.paths);
  if (!status) return 0;
  campaign::Tally sum;
  for (const auto& stage : status->stages) sum += stage.tally;
  const auto ok = sum.of(SampleState::ok);
  return ok > 0 ? sum.core_s / static_cast<double>(ok) : 0;
}

surrogate::Surrogate describe(const inspect::CampaignView& view, const Prepared& prepared) {
  const auto& output = view.spec.outputs[prepared.output];
  surrogate::Surrogate model;
  model.inputs = prepared.encoder->inputs();
  for (const auto& constant : view.spec.constants) model.constants.push_back({constant.name, constant.value});
  for (const auto& constraint : view.spec.constraints) model.constraints.push_back(constraint.expression);
  model.output = output.name;
  model.output_unit = output.unit;
  model.log10 = output.transform == campaign::Transform::log10;
  model.floor = output.floor;
  for (const auto axis : output.axes)
    model.axes.push_back({view.spec.axes[axis].name, view.spec.axes[axis].unit, view.spec.axes[axis].values});
  model.spread_scale = std::numeric_limits<double>::quiet_NaN();
  return model;
}

surrogate::Provenance provenance(const inspect::CampaignView& view, const Prepared& prepared,
                                 const TrialJob& job, const learn::TrialSettings& settings, double cpu_s) {
  surrogate::Provenance facts;
  facts.model = fs::weakly_canonical(job.model).filename().string();
  facts.campaign = view.spec.name;
  facts.campaign_id = view.lock->stamp.campaign_id;
  facts.stages = prepared.reader->stage_names(prepared.last);
  facts.store_digest = prepared.reader->digests(prepared.last);
  facts.simulator_digest = view.lock->stamp.simulator_digest;
  facts.tranche_version = version();
  facts.settings = learn::settings_to_json(settings);
  facts.samples = prepared.selection.learned.size();
  facts.held_out = prepared.held_out.size();
  facts.hold_out_share = settings.hold_out;
  facts.training_cpu_s = cpu_s;
  facts.simulation_core_s = simulation_cost(view);
  return facts;
}

/// Median over one spectrum at a time, by the plain network.
double latency_us(const surrogate::Surrogate& model, const Eigen::MatrixXd& x) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  for (Eigen::Index k = 0; k < 200; ++k) {
    const Eigen::MatrixXd one = x.row(k % x.rows());
    const auto begin = Clock::now();
    const auto y = model.evaluate(one);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    ensure(y.cols() > 0, "a surrogate gives points");
  }
  std::nth_element(times.begin(), times.begin() + 100, times.end());
  return times[100];
}

/// On the hold-out, which is looked at here for the first time.
void judge(surrogate::Surrogate& model, const Prepared& prepared, const learn::TrialSettings& settings,
           learn::TrialResult& result) {
  const auto samples = read_samples(*prepared.reader, prepared.held_out);
  const auto truth = learn::softened(prepared.encoder->targets().floor_dex, samples.y);
  const double window = model.log10 ? settings.window : std::numeric_limits<double>::infinity();
  result.accuracy = learn::accuracy(truth, model.evaluate(samples.x), window);
  result.latency_us = latency_us(model, samples.x);
  model.accuracy = result.accuracy;
  model.members.front().accuracy = result.accuracy;
}

void hand_over(const learn::TrialRecord& record, const TrialJob& job) {
  if (job.result)
    directory::write_atomically(*job.result, learn::record_to_json(record),
                                directory::Durability::rename_only);
}

int exit_code(learn::TrialEnd end) {
  return end == learn::TrialEnd::ok        ? 0
         : end == learn::TrialEnd::stopped ? static_cast<int>(ExitCode::stopped)
                                           : unusable;
}

void complain(learn::TrialEnd end, const std::string& why, std::ostream& err) {
  err << learn::to_string(end) << ": " << why << '\n';
}

/// Ranks beside the first have no files: they learn what they are sent.
int follow(const TrialJob& job) {
  const auto settings = settings_of(job);
  const auto sent = receive(*job.peers);
  if (!sent) return 0;  // the first rank found that all is done
  auto options = options_of(settings, job, sent->targets);
  ResidentRows rows{sent->rows};
  const auto trained = train(
      rows, sent->check, options, [](const Check&) {}, [](std::uint64_t, const std::string&) {});
  return exit_code(trained.end);
}

class Trial {
 public:
  Trial(const TrialJob& job, std::ostream& err)
      : job_{job}, err_{err}, settings_{settings_of(job)}, folder_{job.model, job.trial, settings_} {}

  int run() {
    if (const auto before = folder_.finished()) return again(*before);
    const auto view = inspect::open_campaign(directory::find_campaign(campaign_folder()));
    inspect::require_unchanged(view);
    require_device(settings_.device);
    auto prepared = prepare(job_, view, folder_, settings_);
    const auto targets = prepared.encoder->targets().count();
    auto options = options_of(settings_, job_, targets);
    require_fit(options.network, view.spec.parameters.size());
    options.checkpoint = folder_.checkpoint();
    options.identity = prepared.identity;
    options.targets_are_rounding = prepared.encoder->rest() < rounding;
    const auto trained = learn(prepared, options);
    if (trained.end == learn::TrialEnd::stopped) {
      complain(trained.end, "asked to; the same command goes on from step " + std::to_string(trained.steps),
               err_);
      return exit_code(trained.end);
    }
    return conclude(view, prepared, options, trained);
  }

 private:
  fs::path campaign_folder() const {
    return job_.campaign ? *job_.campaign : fs::weakly_canonical(job_.model) / ".." / "..";
  }

  int again(const learn::TrialRecord& before) {
    if (job_.peers != nullptr) send_nothing(*job_.peers);
    err_ << "this trial is finished already\n";
    hand_over(before, job_);
    if (before.result.end != learn::TrialEnd::ok) complain(before.result.end, "as before", err_);
    return exit_code(before.result.end);
  }

  Trained learn(Prepared& prepared, const TrainingOptions& options) {
    const auto memory = job_.memory_bytes.value_or(memory_budget(settings_.threads));
    const auto rows = rows_of(prepared, memory, job_, settings_);
    const auto check = prepared.encoder->encode(prepared.selection.checked);
    if (job_.peers != nullptr) send(*job_.peers, rows->part(0, 0), check);
    const auto tell = [this](const Check& seen) { append_history(folder_.history(), seen); };
    const auto resumed = [this](std::uint64_t step, const std::string& note) {
      if (!note.empty()) err_ << note << '\n';
      cut_history(folder_.history(), step);
    };
    return train(*rows, check, options, tell, resumed);
  }

  int conclude(const inspect::CampaignView& view, const Prepared& prepared, const TrainingOptions& options,
               const Trained& trained) {
    learn::TrialRecord record{settings_, {}};
    auto& result = record.result;
    result.end = trained.end;
    result.early = trained.early;
    result.samples = prepared.selection.learned.size();
    result.held_out = prepared.held_out.size();
    const auto inputs = view.spec.parameters.size();
    result.parameters = learn::parameter_count(options.network, inputs);
    result.epochs = trained.epochs;
    result.cpu_s = trained.cpu_s;
    if (trained.end == learn::TrialEnd::ok) {
      auto model = describe(view, prepared);
      model.members.push_back({prepared.encoder->targets(),
                               {options.network, inputs, trained.weights},
                               {},
                               job_.trial,
                               settings_.seed});
      judge(model, prepared, settings_, result);
      model.provenance = provenance(view, prepared, job_, settings_, trained.cpu_s);
      surrogate::save(model, folder_.surrogate());
    }
    folder_.finish(record);
    hand_over(record, job_);
    if (trained.end != learn::TrialEnd::ok) complain(trained.end, trained.why, err_);
    return exit_code(trained.end);
  }

  const TrialJob& job_;
  std::ostream& err_;
  learn::TrialSettings settings_;
  TrialFolder folder_;
};

}  // namespace

int run_trial(const TrialJob& job, std::ostream& err) {
  if (job.peers != nullptr && job.peers->rank() > 0) return follow(job);
  return Trial{job, err}.run();
}

}  // namespace tranche::trainer
