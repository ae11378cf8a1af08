// tranche submit: a job script from campaign.yaml, and jobs in a row that go on where the one before ended.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <set>

#include "choose_stage.hpp"
#include "commands.hpp"
#include "json_output.hpp"
#include "look.hpp"
#include "machine_checks.hpp"
#include "status_view.hpp"
#include "submit_refusal.hpp"
#include "templates.hpp"
#include "tranche/base/text.hpp"
#include "tranche/directory/jobs.hpp"
#include "tranche/inspect/campaign_view.hpp"
#include "tranche/simulate/simulator_files.hpp"
#include "tranche/slurm/job_script.hpp"
#include "tranche/slurm/jobs.hpp"
#include "tranche/slurm/submit.hpp"

namespace tranche::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t jobs_looked_at = 64;
constexpr const char* template_variable = "TRANCHE_JOB_TEMPLATE";

slurm::JobTemplate read_template(const fs::path& file) {
  auto text = directory::read_file(file);
  if (text) return {std::move(*text), file.string()};
  throw Failure{
      ExitCode::usage, "there is no job template " + file.string(),
      "a template is a copy of tranche's own, changed: share/tranche/slurm/job.sh.in of the installation"};
}

/// The command line's, the campaign's, the site's, or tranche's own.
slurm::JobTemplate choose_template(const SubmitOptions& options, const inspect::CampaignView& view) {
  if (!options.job_template.empty()) return read_template(options.job_template);
  if (const auto& file = view.spec.cluster.job_template; !file.empty())
    return read_template(view.paths.root() / file);
  if (const char* file = std::getenv(template_variable); file != nullptr && *file != '\0')
    return read_template(file);
  return {std::string{templates::job_script}, "job.sh.in"};
}

double read_time(const std::string& text) {
  const auto time_s = parse_number(text) ? std::nullopt : parse_duration(text);
  if (time_s && *time_s >= 60) return *time_s;
  throw Failure{ExitCode::usage, "--time: `" + text + "` is not a time limit of a minute or more",
                "limits look like 30 min, 3 h or 03:00:00"};
}

slurm::JobWishes wishes_of(const SubmitOptions& options, const inspect::CampaignView& view) {
  slurm::JobWishes wishes;
  wishes.name = view.spec.name;
  wishes.directory = view.paths.root();
  wishes.tranche = fs::read_symlink("/proc/self/exe");
  wishes.resources = view.spec.resources;
  wishes.cluster = view.spec.cluster;
  auto& cluster = wishes.cluster;
  if (options.nodes) cluster.nodes = *options.nodes;
  if (!options.time.empty()) cluster.time_s = read_time(options.time);
  if (options.chain) cluster.chain = *options.chain;
  // What the command line says has no line in the file.
  if (options.nodes) cluster.where.erase("nodes");
  if (!options.time.empty()) cluster.where.erase("time");
  const auto stage = options.stage.empty() ? options.until : options.stage;
  if (!stage.empty())
    wishes.arguments = {options.stage.empty() ? "--until" : "--stage",
                        view.plan.stage(stage_number(view, stage)).name};
  if (view.spec.cluster.signal_s && cluster.time_s && *cluster.signal_s >= *cluster.time_s)
    throw Failure{ExitCode::usage,
                  "--time is not longer than `signal` of campaign.yaml: the job would end at once",
                  "a longer time, or a shorter signal"};
  return wishes;
}

/// Nodes do not see it, or not for long.
std::vector<std::string> doubts_about_directory(const fs::path& root) {
  const auto path = root.string();
  for (const auto* place : {"/tmp", "/var/tmp", "/dev/shm"})
    if (path == place || path.starts_with(std::string{place} + "/"))
      return {"the campaign is in " + std::string{place} +
              ", which as a rule each node has for itself: the job may not find it; tranche doctor tells, in "
              "a job"};
  const auto check = check_file_system(root);
  if (check.fitness != inspect::Fitness::ok && (check.text == "tmpfs" || check.text == "ramfs"))
    return {"the campaign is on a " + check.text + ": " + check.advice};
  return {};
}

/// What would make the job end at once.
std::vector<std::string> doubts_about_state(const Sighting& sighting) {
  const auto state = health(sighting);
  if (state == Health::waiting || state == Health::paused)
    return {"the job will end at once unless something changes: " + sighting.status->text +
            (sighting.status->next.empty() ? "" : "; next: " + sighting.status->next)};
  if (state == Health::running && sighting.owner.facts.slurm_job_id.empty())
    return {"a run is going on, on " + sighting.owner.facts.host +
            ": a job that starts before its end fails with exit code 6"};
  return {};
}

/// The last of the campaign's jobs that runs or will: the new ones come after it. Those that cannot start,
/// and what comes after them, are not waited for.
std::string last_live_job(const directory::CampaignPaths& paths) {
  const auto recorded = directory::read_jobs(paths, jobs_looked_at);
  std::vector<std::string> ids;
  for (const auto& job : recorded) ids.push_back(job.job_id);
  const auto owners = directory::look_at_owner(paths).facts.slurm_job_id;  // perhaps somebody's own script
  if (!owners.empty()) ids.push_back(owners);
  if (ids.empty()) return {};
  const auto queue = slurm::ask_jobs(ids);
  if (!queue)
    throw Failure{ExitCode::environment,
                  "Slurm does not say whether earlier jobs of this campaign still wait or run",
                  "try again when squeue answers"};
  std::string last;
  for (const auto& job : *queue)
    if (job.job_id == owners) last = owners;
  std::set<std::string> stuck;
  for (const auto& job : recorded) {
    const auto found = std::find_if(queue->begin(), queue->end(),
                                    [&](const auto& each) { return each.job_id == job.job_id; });
    if (found == queue->end()) continue;
    if (slurm::cannot_start(*found) || stuck.contains(job.after))
      stuck.insert(job.job_id);
    else
      last = job.job_id;
  }
  return last;
}

/// Slurm takes some jobs that can never start, and says so in their reason.
std::vector<std::string> doubts_about_job(const std::string& job_id) {
  const auto jobs = slurm::ask_jobs({job_id});
  if (!jobs || jobs->empty() || !slurm::cannot_start(jobs->front())) return {};
  return {"Slurm took job " + job_id + ", but lets it wait with reason " + jobs->front().reason +
          ": scancel " + job_id + " takes it back"};
}

std::string person() {
  const char* user = std::getenv("USER");
  return std::string{user == nullptr ? "" : user} + "@" + directory::host_name();
}

/// The script as a file, for sbatch and for people afterwards; removed if no job has it.
class ScriptFile {
 public:
  ScriptFile(const directory::CampaignPaths& paths, const std::string& text)
      : folder_{directory::jobs_folder(paths)},
        path_{folder_ / ("submit-" + directory::new_nonce().substr(0, 8) + ".sh")} {
    directory::make_folder(folder_);
    directory::make_folder(paths.logs());  // Slurm does not
    directory::write_atomically(path_, text, directory::Durability::rename_only);
  }
  ScriptFile(const ScriptFile&) = delete;
  ScriptFile& operator=(const ScriptFile&) = delete;
  ~ScriptFile() {
    std::error_code ignored;
    if (!kept_) fs::remove(path_, ignored);
  }
  const fs::path& path() const noexcept { return path_; }
  void keep_for(const std::string& job_id) {
    if (kept_) return;
    const auto name = folder_ / (job_id + ".sh");
    fs::rename(path_, name);
    path_ = name;
    kept_ = true;
  }

 private:
  fs::path folder_;
  fs::path path_;
  bool kept_ = false;
};

/// Hands all jobs of the chain over. Each is recorded as soon as it is known.
std::vector<directory::JobRecord> submit_chain(const directory::CampaignPaths& paths,
                                               const slurm::JobWishes& wishes, const std::string& script,
                                               std::string after) {
  ScriptFile file{paths, script};
  std::vector<directory::JobRecord> jobs;
  for (std::uint32_t link = 0; link < wishes.cluster.chain; ++link) {
    slurm::JobOrder order{file.path(), {}, option_names(wishes.cluster)};
    if (!after.empty()) order.options.push_back("--dependency=afterany:" + after);
    const auto answer = slurm::submit_job(order);
    if (const auto* refusal = std::get_if<slurm::Refusal>(&answer))
      throw_refusal(*refusal, wishes.cluster, jobs);
    directory::JobRecord job;
    job.job_id = std::get<slurm::Submitted>(answer).job_id;
    job.after = after;
    job.submitted_at = directory::unix_now();
    job.by = person();
    job.nodes = wishes.cluster.nodes;
    job.time_s = wishes.cluster.time_s;
    if (!wishes.arguments.empty()) job.until = wishes.arguments.back();
    try {
      directory::record_job(paths, job);
    } catch (const IoError& error) {
      throw IoError{"job " + job.job_id + " is submitted, but could not be recorded: " + error.what(),
                    "scancel " + job.job_id + " takes it back; or let it run"};
    }
    file.keep_for(job.job_id);
    after = job.job_id;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::string sentence(const std::vector<directory::JobRecord>& jobs, const campaign::ClusterSpec& cluster) {
  auto text = "submitted job " + jobs.front().job_id + ": " + std::to_string(cluster.nodes) +
              (cluster.nodes == 1 ? " node" : " nodes");
  if (cluster.time_s) text += ", " + slurm::time_text(*cluster.time_s);
  if (!jobs.front().after.empty()) text += ", after job " + jobs.front().after;
  for (std::size_t k = 1; k < jobs.size(); ++k) text += (k == 1 ? "; then " : ", ") + jobs[k].job_id;
  return text;
}

void tell(const std::string& script, const std::vector<directory::JobRecord>& jobs,
          const std::vector<std::string>& warnings, const campaign::ClusterSpec& cluster,
          const Context& context) {
  for (const auto& warning : warnings)
    context.err << context.err_style.yellow("warning: ") << warning << '\n';
  if (context.options.json) {
    auto list = Json::array();
    for (const auto& job : jobs) list.push_back({{"job_id", job.job_id}, {"after", job.after}});
    return print_json(context,
                      {{"tranche_submit", 1}, {"script", script}, {"jobs", list}, {"warnings", warnings}});
  }
  if (jobs.empty()) {
    context.out << script;
    return;
  }
  if (!context.options.quiet) context.err << script << '\n';
  context.out << sentence(jobs, cluster) << '\n';
  context.say("  next: tranche status; squeue -j " + jobs.front().job_id);
}

}  // namespace

void register_submit(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("submit", "Hand the campaign to Slurm as a job, or as several in a row");
  auto options = std::make_shared<SubmitOptions>();
  verb->add_option("--until", options->until, "Stop after this stage (name or number)")->type_name("STAGE");
  verb->add_option("--stage", options->stage, "This stage alone; those before it must be done by then")
      ->type_name("STAGE")
      ->excludes("--until");
  verb->add_option("--nodes", options->nodes, "Nodes of a job (default: campaign.yaml's, else 1)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  verb->add_option("--time", options->time, "Time limit of a job: 30 min, 3 h, 03:00:00")->type_name("TIME");
  verb->add_option("--chain", options->chain,
                   "So many jobs in a row, each going on where the one before ended")
      ->check(CLI::Range(1, 1000))
      ->type_name("K");
  verb->add_option("--template", options->job_template, "Job script to fill in instead of tranche's own")
      ->type_name("FILE");
  verb->add_flag("--dry-run", options->dry_run, "Only show the script");
  verb->footer(
      "What a job asks for stands in section `cluster` of campaign.yaml; keys that tranche does not know\n"
      "are handed on to sbatch. A job that finds nothing left to do ends at once.\n"
      "  tranche submit --dry-run\n"
      "  tranche submit --until pilot --time 30min\n"
      "  tranche submit --chain 4");
  verb->callback([options, &context] { context.exit_code = run_submit(*options, context); });
}

int run_submit(const SubmitOptions& options, Context& context) {
  const auto paths = context.campaign();
  const auto view = inspect::open_campaign(paths);
  inspect::require_unchanged(view);
  simulate::require_simulator(paths.root().string(), view.spec.simulator);
  const auto wishes = wishes_of(options, view);
  const auto script = slurm::job_script(choose_template(options, view), wishes);

  const auto sighting = look_at_files(paths);
  auto warnings = doubts_about_directory(paths.root());
  for (auto& doubt : doubts_about_state(sighting)) warnings.push_back(std::move(doubt));
  std::vector<directory::JobRecord> jobs;
  if (!options.dry_run) {
    if (health(sighting) == Health::finished)
      throw Failure{ExitCode::usage, "the campaign is complete: there is nothing to submit",
                    "tranche verify, then tranche export"};
    jobs = submit_chain(paths, wishes, script, last_live_job(paths));
    for (auto& doubt : doubts_about_job(jobs.front().job_id)) warnings.push_back(std::move(doubt));
  }
  tell(script, jobs, warnings, wishes.cluster, context);
  return static_cast<int>(ExitCode::done);
}

}  // namespace tranche::cli
