// One run of a campaign: what `tranche run` and `tranche train` do.
#include "run_campaign.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <ostream>

#include "ask.hpp"
#include "choose_stage.hpp"
#include "guarded.hpp"
#include "json_output.hpp"
#include "look.hpp"
#include "progress.hpp"
#include "status_view.hpp"
#include "tool_job.hpp"
#include "tranche/base/text.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/launch/job.hpp"
#include "tranche/simulate/simulator_files.hpp"
#include "tranche/slurm/jobs.hpp"

namespace tranche::cli {
namespace {

constexpr double line_every_s = 60;  ///< where a bar makes no sense

double monotonic_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The bar on a terminal; elsewhere a line a minute. Never in redirected output.
class ProgressDisplay {
 public:
  ProgressDisplay(const directory::CampaignPaths& paths, Context& context)
      : paths_{paths}, context_{context}, said_at_{monotonic_s()} {
    if (const auto status = readable_status()) before_ = status->started_at;
  }

  void tick() {
    if (context_.options.quiet) return;
    const double now = monotonic_s();
    if (!context_.err_is_terminal && now - said_at_ < line_every_s) return;
    const auto status = readable_status();
    if (!status || status->started_at == before_) return;
    const auto line = progress_line(*status, context_.err_style);
    if (line.empty()) return;
    if (context_.err_is_terminal) {
      context_.err << "\r\033[K" << line << std::flush;
      shown_ = true;
    } else {
      context_.err << line << std::endl;
      said_at_ = now;
    }
  }
  /// A display never ends a run: what cannot be read now is read half a second later.
  std::optional<directory::Status> readable_status() const {
    try {
      return directory::read_status(paths_);
    } catch (const IoError&) {
      return std::nullopt;
    }
  }
  void clear() {
    if (shown_) context_.err << "\r\033[K" << std::flush;
    shown_ = false;
  }

 private:
  const directory::CampaignPaths& paths_;
  Context& context_;
  double before_ = 0;  ///< when the run before this one started, by its clock
  double said_at_;
  bool shown_ = false;
};

std::optional<std::uint8_t> last_stage(const inspect::CampaignView& view, const RunOptions& options) {
  const auto& name = options.stage.empty() ? options.until : options.stage;
  return name.empty() ? std::nullopt : std::optional{stage_number(view, name)};
}

/// `--stage S` means S alone: what comes before must be done.
void require_stage_is_next(const directory::CampaignPaths& paths, const inspect::CampaignView& view,
                           std::uint8_t wanted) {
  if (wanted == 1) return;
  const auto& before = view.plan.stage(static_cast<std::uint8_t>(wanted - 1));
  const auto status = directory::read_status(paths);
  if (status && status->stages.empty()) return;  // it has been lost: the ranks have the ledger
  const bool sealed =
      status && std::any_of(status->stages.begin(), status->stages.end(), [&](const auto& stage) {
        return stage.key == before.key && stage.state == "sealed";
      });
  if (!sealed)
    throw Failure{ExitCode::usage, "stage `" + before.name + "` comes first and is not done",
                  "tranche run --until " + view.plan.stage(wanted).name};
}

/// What would stop the ranks is better said before they start.
void check_before_start(const inspect::CampaignView& view) {
  inspect::require_unchanged(view);
  simulate::require_simulator(view.paths.root().string(), view.spec.simulator);
  refuse_crashing_files(view);  // rank 0, inside MPI, could not
}

/// Of a start whose ranks said nothing: another one may have been there before, or have come to the end
/// meanwhile. An owner that came later may be a rank of ours that outlives its launcher for a moment.
std::optional<directory::Outcome> others_have_it(const directory::CampaignPaths& paths, double started_at) {
  if (is_finished(paths)) return nothing_left();
  if (directory::look_at_owner(paths).facts.since >= started_at) return std::nullopt;
  try {
    directory::require_no_living_owner(paths, slurm::ask_job);
    return std::nullopt;
  } catch (const Failure& failure) {
    return directory::Outcome{failure.code(), failure.what(), failure.fix()};
  }
}

/// Unix time, counted from now.
std::optional<double> end_after(const std::string& time) {
  if (time.empty()) return std::nullopt;
  const auto time_s = parse_number(time) ? std::nullopt : parse_duration(time);
  if (!time_s || *time_s <= 0)
    throw Failure{ExitCode::usage, "--time: `" + time + "` is not a duration",
                  "for example: --time 3h, --time 03:00:00"};
  return directory::unix_now() + *time_s;
}

}  // namespace

const directory::Outcome& nothing_left() {
  static const directory::Outcome complete{ExitCode::done, "the campaign is complete: nothing is left to do",
                                           ""};
  return complete;
}

/// A link of a chain may come when all is done: it costs nothing then.
bool is_finished(const directory::CampaignPaths& paths) {
  return health(look_at_files(paths)) == Health::finished;
}

directory::Outcome run_campaign(const RunOptions& options, const directory::CampaignPaths& paths,
                                Context& context, std::ostream& data) {
  const auto ends_at = end_after(options.time);
  const auto view = inspect::open_campaign(paths);
  // The ranks of a second run in one allocation might wait for the places of the first.
  directory::require_no_living_owner(paths, slurm::ask_job);
  check_before_start(view);

  launch::JobOptions job;
  job.campaign = paths.root();
  job.tranched = tranched_beside_us();
  job.ranks = options.ranks;
  job.launcher = view.spec.cluster.launcher;
  job.allocation = slurm::read_allocation();
  job.until = last_stage(view, options);
  job.slots = options.slots;
  job.ends_at = ends_at;
  job.takeover = options.takeover;
  job.resume = options.resume;
  if (!options.stage.empty()) require_stage_is_next(paths, view, *job.until);

  ProgressDisplay progress{paths, context};
  launch::JobWatcher watcher;
  watcher.line_out = [&](const std::string& line) {
    progress.clear();
    data << line << std::endl;
  };
  watcher.line_err = [&](const std::string& line) {
    progress.clear();
    context.err << line << std::endl;
  };
  watcher.tick = [&] { progress.tick(); };
  const double started_at = directory::unix_now();
  watcher.otherwise = [&paths, started_at] { return others_have_it(paths, started_at); };
  auto end = launch::run_job(job, watcher);
  progress.clear();
  return end;
}

int tell_outcome(const directory::Outcome& end, Context& context) {
  if (context.options.json)
    print_json(context, {{"tranche_run", 1},
                         {"exit_code", static_cast<int>(end.code)},
                         {"text", end.text},
                         {"next", end.fix}});
  const bool fine = end.code == ExitCode::done || end.code == ExitCode::gate || end.code == ExitCode::stopped;
  if (fine && context.options.quiet) return static_cast<int>(end.code);
  context.err << (fine ? "" : context.err_style.red("error: ")) << end.text << '\n';
  if (!end.fix.empty()) context.err << "  next: " << end.fix << '\n';
  return static_cast<int>(end.code);
}

}  // namespace tranche::cli
