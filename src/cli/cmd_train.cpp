// tranche train: trainings as a campaign of their own in models/NAME, then the leaderboard and the choice.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <memory>
#include <ostream>
#include <set>
#include <sstream>

#include "commands.hpp"
#include "guarded.hpp"
#include "model_card.hpp"
#include "model_json.hpp"
#include "run_campaign.hpp"
#include "tool_job.hpp"
#include "train_request.hpp"
#include "tranche/base/text.hpp"
#include "tranche/learn/trial_words.hpp"
#include "tranche/models/assemble.hpp"
#include "tranche/models/baselines.hpp"
#include "tranche/models/curve.hpp"
#include "tranche/models/settings.hpp"

namespace tranche::cli {
namespace {

constexpr int most_names = 1000;

void require_trainer() {
  const auto program = beside_us("tranche-train");
  if (std::filesystem::exists(program)) return;
  throw Failure{
      ExitCode::environment,
      program.string() + " is missing: this tranche was built without its trainer, which needs libtorch",
      "apt install libtorch-dev libopenblas0, then tools/build (cmake -DTRANCHE_TRAINER=ON)"};
}

void require_begun(const inspect::CampaignView& view) {
  inspect::require_unchanged(view);
  if (!view.lock)
    throw Failure{ExitCode::usage, "the campaign has not begun: there is nothing to learn from",
                  "tranche run"};
}

void require_good_name(const std::string& name) {
  if (!directory::is_model_name(name))
    throw Failure{ExitCode::usage, "`" + name + "` cannot be the name of a model",
                  "letters, digits, -, _ and ., at most 64; for example: tranche train m1"};
}

/// Two commands at a time get two names.
directory::ModelPaths new_model(const directory::CampaignPaths& campaign) {
  directory::make_folder(campaign.models());
  for (int tries = 0; tries < most_names; ++tries) {
    directory::ModelPaths paths{campaign, directory::free_model_name(campaign)};
    if (std::filesystem::create_directory(paths.folder())) {
      directory::follow_group(paths.folder());
      return paths;
    }
  }
  throw IoError{"cannot make a folder in " + campaign.models().string()};
}

/// The last one that is not done.
directory::ModelPaths unfinished_model(const directory::CampaignPaths& campaign) {
  auto names = directory::model_names(campaign);
  for (auto name = names.rbegin(); name != names.rend(); ++name)
    if (const directory::ModelPaths paths{campaign, *name}; !is_finished(paths.campaign())) return paths;
  throw Failure{ExitCode::usage, names.empty() ? "there is no model yet" : "every model is complete",
                names.empty() ? "tranche train" : "tranche models"};
}

/// The stage that all trials were given, so that `train NAME` goes on although another one is complete by
/// now.
std::optional<std::string> pinned_stage(const std::optional<TrainRequest>& before) {
  if (!before || before->trials.empty()) return std::nullopt;
  return before->trials.back().stage;
}

bool has_begun(const directory::ModelPaths& paths) {
  return std::filesystem::exists(paths.campaign().lock(1));
}

struct Model {
  directory::ModelPaths paths;
  TrainRequest request;
  bool is_new = false;  ///< its folder was made by this command
};

Model resumed(const directory::ModelPaths& paths) {
  auto request = read_request(paths);
  if (!request)
    throw Failure{ExitCode::usage, "there is no model `" + paths.name() + "` to go on with",
                  "tranche train " + paths.name()};
  return {paths, std::move(*request)};
}

void refuse_other_settings(const directory::ModelPaths& paths, const TrainRequest& before,
                           const TrainRequest& after) {
  const auto lines = differences(before, after);
  if (lines.empty()) return;
  std::string text = "model `" + paths.name() + "` has begun with other settings";
  for (const auto& line : lines) text += "\n    " + line;
  throw Failure{
      ExitCode::usage, text,
      "tranche train " + paths.name() + " --resume goes on with those; tranche train begins another model"};
}

/// The model as it shall be, written unless it has begun.
Model prepare(const TrainOptions& options, const inspect::CampaignView& view) {
  if (options.resume) {
    if (has_words(options))
      throw Failure{ExitCode::usage, "--resume goes on with the settings that the model has begun with",
                    "leave the other options out, or leave --resume out for another model"};
    return resumed(options.name.empty() ? unfinished_model(view.paths)
                                        : directory::ModelPaths{view.paths, options.name});
  }
  const auto train = with_words(view.spec.train, options);
  std::optional<TrainRequest> before;
  if (!options.name.empty()) before = read_request(directory::ModelPaths{view.paths, options.name});
  auto request = make_request(view, train, options, pinned_stage(before));
  const bool is_new = options.name.empty() ||
                      !std::filesystem::exists(directory::ModelPaths{view.paths, options.name}.folder());
  const auto paths =
      options.name.empty() ? new_model(view.paths) : directory::ModelPaths{view.paths, options.name};
  if (before && has_begun(paths)) {
    refuse_other_settings(paths, *before, request);
    request.trials = before->trials;
  }
  if (!has_begun(paths)) write_request(paths, view.spec, request);
  return {paths, std::move(request), is_new};
}

std::string what_is_trained(const Model& model) {
  const auto& trials = model.request.trials;
  const auto& stage = trials.front().stage;
  return "model " + model.paths.name() + ": " +
         (trials.size() == 1 ? "1 trial" : format_count(trials.size()) + " trials") +
         (stage.empty()         ? ", on all that is recorded"
          : model.request.curve ? ""
                                : ", on the samples up to stage " + stage);
}

/// Settings that are allowed and seldom meant, each once.
void warn_of_settings(const Model& model, Context& context) {
  std::set<std::string> warnings;
  for (const auto& trial : model.request.trials)
    for (auto& warning : learn::warnings_of(trial)) warnings.insert(std::move(warning));
  if (context.options.quiet) return;
  for (const auto& warning : warnings)
    context.err << context.err_style.yellow("warning: ") << warning << '\n';
}

/// Whatever is left of the trials. The outcome's words are those of a campaign: only its code and its reasons
/// count here.
directory::Outcome run_trials(const Model& model, const TrainOptions& options, Context& context) {
  const auto trials = model.paths.campaign();
  if (is_finished(trials)) return nothing_left();
  context.say(what_is_trained(model));
  RunOptions run;
  run.slots = options.slots;
  run.resume = true;
  std::ostringstream reports;  // of a stage of trials: the leaderboard says more
  return run_campaign(run, trials, context, reports);
}

/// Before anything is trained: what cannot be learned is said here.
int compare_with_baselines(const Model& model, const inspect::CampaignView& view) {
  if (std::filesystem::exists(model.paths.baselines())) return 0;
  models::write_baselines(model.paths, models::compute_baselines(view, model.request.trials));
  return 0;
}

/// Samples to learn from once the campaign is complete, if as many of them are ok as so far.
double samples_in_full(const inspect::CampaignView& view, const learn::TrialSettings& trial, double samples) {
  const auto* stage = trial.stage.empty() ? nullptr : view.plan.find(trial.stage);
  if (stage == nullptr) return samples;
  return samples / trial.fraction * static_cast<double>(view.plan.stages().back().range.end) /
         static_cast<double>(stage->range.end);
}

void draw_curve(const Model& model, const inspect::CampaignView& view, const models::Leaderboard& board) {
  const auto results = board.results();
  std::vector<learn::CurvePoint> points;
  double full = 0;
  for (std::size_t k = 0; k < results.size(); ++k) {
    if (results[k].end != learn::TrialEnd::ok) continue;
    const auto samples = static_cast<double>(results[k].samples);
    points.push_back({samples, results[k].accuracy.median});
    full = std::max(full, samples_in_full(view, board.trials[k], samples));
  }
  const auto name = models::output_of(view.spec, board.trials.front());
  const auto& output = *std::ranges::find(view.spec.outputs, name, &campaign::Output::name);
  const auto unit = output.transform == campaign::Transform::log10 ? "dex" : output.unit;
  models::write_curve(model.paths, models::report_curve(std::move(points), full, unit));
}

void show(models::Leaderboard board, const Model& model, const inspect::CampaignView& view,
          Context& context) {
  board.output = models::output_of(view.spec, model.request.trials.front());
  if (context.options.json) {
    Json document{{"tranche_train", 1}};
    document.update(to_json(board));
    print_json(context, document);
  } else {
    context.out << models::leaderboard_text(board, context.out_style);
  }
  context.out.flush();
}

int choose_and_show(const Model& model, const TrainOptions& options, const inspect::CampaignView& view,
                    Context& context) {
  // `models --select` may have chosen since: that stays unless this command says otherwise.
  const auto before = models::read_choice(model.paths);
  const auto select = !options.select.empty() ? options.select
                      : before                ? before->select
                                              : model.request.select;
  const auto members = options.ensemble.value_or(before ? before->trials.size() : model.request.ensemble);
  const auto board = models::read_leaderboard(model.paths, select);
  if (board.count(models::Standing::State::ok) == 0) show(board, model, view, context);
  const auto choice = models::choose(view, model.paths, board, {select, members, directory::unix_now()});
  if (choice.trials.size() < members)
    context.say("only " + std::to_string(choice.trials.size()) + " of the " + std::to_string(members) +
                " members that were asked for came to a good end");
  if (model.request.curve) draw_curve(model, view, board);
  write_model_card(view, model.paths, context);
  show(models::read_leaderboard(model.paths, select), model, view, context);
  context.say("  next: tranche predict " + model.paths.name() + " --index I; models/" + model.paths.name() +
              "/card.html");
  return 0;
}

}  // namespace

void register_train(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("train", "Train surrogates of what is recorded; the best one is kept");
  auto options = std::make_shared<TrainOptions>();
  verb->add_option("name", options->name, "Folder in models/ (default: m1, m2, ...)")->type_name("NAME");
  verb->add_option("--set", options->set, "A setting instead of campaign.yaml's: width=384")
      ->type_name("KEY=VALUE");
  verb->add_option("--sweep", options->sweep, "One trial for each value: width=128,256")
      ->type_name("KEY=A,B");
  verb->add_option("--trials", options->trials, "So many of the sweep's combinations")
      ->check(CLI::Range(std::uint64_t{1}, campaign::most_trials))
      ->type_name("N");
  verb->add_option("--minutes", options->minutes, "Processor time of each trial")->type_name("M");
  verb->add_option("--preset", options->preset, "residual, cnn, mlp or layers")->type_name("P");
  verb->add_option("--stage", options->stage,
                   "Learn from the stages up to this one (default: the last complete one)")
      ->type_name("S");
  verb->add_option("--output", options->output, "Output to learn (default: the first with an axis)")
      ->type_name("O");
  verb->add_option("--ensemble", options->ensemble, "Keep the mean of the best K, with an error bar")
      ->check(CLI::Range(1, 100))
      ->type_name("K");
  verb->add_option("--select", options->select,
                   "Metric or expression by which the best is chosen (default: median)")
      ->type_name("EXPR");
  verb->add_flag("--curve", options->curve,
                 "The same training with more and more samples: what would more bring?");
  verb->add_option("-j,--slots", options->slots, "Trials at a time (default: one per core)")
      ->check(CLI::Range(1, 4096))
      ->type_name("SLOTS");
  verb->add_option("--ranks", options->ranks, "MPI ranks that train one model together")
      ->check(CLI::Range(1, 4096))
      ->type_name("K");
  verb->add_flag("--prepare", options->prepare,
                 "Only write models/NAME: tranche -C models/NAME submit runs it");
  verb->add_flag("--resume", options->resume, "Go on with the model as it has begun");
  verb->footer(
      "  tranche train                                  one training with the defaults\n"
      "  tranche train --sweep width=128,256 --sweep seed=1,2 --minutes 5\n"
      "  tranche train m1 --resume                      go on; so does the same command again\n"
      "The trials are samples of a campaign in models/NAME, which run, status, stop and submit know with "
      "-C.\n"
      "Section `train` of campaign.yaml has the same keys; tranche models shows how they compare.");
  verb->callback([options, &context] { context.exit_code = run_train(*options, context); });
}

int run_train(const TrainOptions& options, Context& context) {
  std::signal(SIGPIPE, SIG_IGN);
  if (!options.name.empty()) require_good_name(options.name);
  const auto view = inspect::open_campaign(context.campaign());
  require_begun(view);
  require_trainer();
  const auto model = prepare(options, view);
  warn_of_settings(model, context);
  const int ready = run_guarded(context, [&] { return compare_with_baselines(model, view); });
  if (ready != 0) {
    // What cannot be learned leaves no model behind that waits for ever.
    if (model.is_new) std::filesystem::remove_all(model.paths.folder());
    return ready;
  }
  if (options.prepare) {
    const auto folder = "models/" + model.paths.name();
    context.say(what_is_trained(model) + "; " + folder + " is ready\n  next: tranche -C " + folder +
                " submit (or run), then tranche train " + model.paths.name() + " --resume");
    return 0;
  }
  auto end = run_trials(model, options, context);
  if (end.code != ExitCode::done) {
    end.fix = "tranche train " + model.paths.name() + " --resume goes on";
    return tell_outcome(end, context);
  }
  return run_guarded(context, [&] { return choose_and_show(model, options, view, context); });
}

}  // namespace tranche::cli
