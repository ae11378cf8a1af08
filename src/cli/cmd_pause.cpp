// tranche pause: the run ends, and no other goes on until somebody says so.
#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "change_campaign.hpp"
#include "commands.hpp"
#include "json_output.hpp"
#include "tranche/directory/owner.hpp"
#include "wait_for_end.hpp"

namespace tranche::cli {
namespace {

std::string who_asks() {
  const auto* user = ::getpwuid(::geteuid());
  const auto name = user == nullptr ? std::to_string(::geteuid()) : std::string{user->pw_name};
  return name + "@" + directory::host_name();
}

}  // namespace

void register_pause(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("pause", "End the run, and hold back every later one until resumed");
  auto options = std::make_shared<StopOptions>();
  verb->add_flag("--wait", options->wait, "Return when the run has ended");
  verb->footer(
      "For a chain of jobs: each later one ends at once with exit code 3.\n"
      "  tranche pause             with or without a run\n"
      "  tranche run --resume      goes on");
  verb->callback([options, &context] { context.exit_code = run_pause(*options, context); });
}

int run_pause(const StopOptions& options, Context& context) {
  const auto paths = context.campaign();
  const auto owner = directory::look_at_owner(paths);
  const auto done = change_campaign(context, paths, "pause", {{"by", who_asks()}});
  std::string text = done.text;
  if (done.by_run && options.wait)
    text += "\n" + wait_for_end(paths, owner);
  else if (done.by_run)
    text += "; the run records what is finished, then ends";
  if (context.options.json) {
    Json document{{"tranche_pause", 1}, {"text", text}, {"running", done.by_run}};
    document.update(done.data);
    print_json(context, document);
  } else {
    context.out << text << "\nnext: tranche run --resume\n";
  }
  return 0;
}

}  // namespace tranche::cli
