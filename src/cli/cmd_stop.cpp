// tranche stop: a final epoch, then the run ends. From any node.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <ostream>

#include "ask.hpp"
#include "commands.hpp"
#include "json_output.hpp"
#include "look.hpp"
#include "status_view.hpp"
#include "tranche/directory/owner.hpp"
#include "wait_for_end.hpp"

namespace tranche::cli {
namespace {

/// Its job has ended, or waits to start again: it will not answer.
bool job_is_gone(const BatchWord& batch, const directory::OwnerView& owner) {
  const auto word = word_of(batch, owner.facts.slurm_job_id);
  return word == JobWord::ended || word == JobWord::waits;
}

/// A pause is a fact of the ledger: before the first start there is none to write it into.
std::string nothing_runs(const directory::CampaignPaths& paths, const BatchWord& batch, bool died) {
  std::string text = "nothing runs here";
  if (died) text += "; the last run died, " + way_on(batch) + " goes on";
  std::string ids;
  for (const auto& job : waiting_jobs(batch)) ids += " " + job.job_id;
  if (!ids.empty()) text += "; jobs wait in Slurm: scancel" + ids;
  if (!ids.empty() && std::filesystem::exists(paths.ledger()))
    text += ", or tranche pause, which lets them end at once";
  return text;
}

std::string ask_to_stop(const directory::CampaignPaths& paths, const directory::OwnerView& owner) {
  const auto answer = ask(paths, owner, "stop", "{}");
  return answer ? answer->text : "the run has just ended";
}

}  // namespace

void register_stop(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("stop", "End the run: record what is finished, then exit");
  auto options = std::make_shared<StopOptions>();
  verb->add_flag("--wait", options->wait, "Return when the run has ended");
  verb->footer(
      "Works from any node that sees the directory. Nothing recorded is lost; tranche run goes on, and so\n"
      "does the next job of a chain. tranche pause holds those back too.");
  verb->callback([options, &context] { context.exit_code = run_stop(*options, context); });
}

int run_stop(const StopOptions& options, Context& context) {
  const auto paths = context.campaign();
  const auto owner = directory::look_at_owner(paths);
  // A run that lives on this host is asked without asking Slurm about it.
  auto batch = read_jobs(paths);
  if (owner.state != directory::OwnerState::alive) ask_slurm(batch, owner.facts.slurm_job_id);
  const bool died = owner.state == directory::OwnerState::dead || job_is_gone(batch, owner);
  const bool asked = owner_may_live(owner) && !died;
  auto text = asked ? ask_to_stop(paths, owner) : nothing_runs(paths, batch, died);
  if (asked && options.wait) text = wait_for_end(paths, owner);
  if (context.options.json)
    print_json(context,
               {{"tranche_stop", 1}, {"asked", asked}, {"waited", asked && options.wait}, {"text", text}});
  else
    context.out << text << '\n';
  return 0;
}

}  // namespace tranche::cli
