// tranche stop: a final epoch, then the run ends. From any node.
#include <CLI/CLI.hpp>
#include <ostream>

#include "ask.hpp"
#include "commands.hpp"
#include "json_output.hpp"
#include "tranche/directory/owner.hpp"
#include "wait_for_end.hpp"

namespace tranche::cli {

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
  std::string text = "nothing runs here";
  if (owner.state == directory::OwnerState::dead) text += "; the last run died, tranche run resumes it";
  const bool asked = owner_may_live(owner);
  if (asked) text = ask_or_throw(paths, owner, "stop", "{}").text;
  if (asked && options.wait) text = wait_for_end(paths, owner);
  if (context.options.json)
    print_json(context,
               {{"tranche_stop", 1}, {"asked", asked}, {"waited", asked && options.wait}, {"text", text}});
  else
    context.out << text << '\n';
  return 0;
}

}  // namespace tranche::cli
