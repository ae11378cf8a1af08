#include "application.hpp"

#include <CLI/CLI.hpp>
#include <ostream>

#include "commands.hpp"
#include "logging.hpp"
#include "tranche/base/version.hpp"

namespace tranche::cli {
namespace {

constexpr const char* description =
    "tranche turns a simulation code into a training set, in stages, on a laptop or a cluster.\n\n"
    "  tranche init my-campaign     make a campaign that runs at once\n"
    "  tranche check                what would be computed, and what is wrong\n"
    "  tranche try                  a few points, here and now\n"
    "  tranche run                  compute; running again resumes\n"
    "  tranche status               alive? where? when done? what is wrong?\n";

constexpr const char* footer =
    "Exit codes: 0 done, 1 unexpected, 2 usage or campaign.yaml, 3 waiting at a gate, 4 stopped early,\n"
    "5 failure limit, 6 another live owner, 7 environment unfit, 8 ledger or store damaged.\n"
    "stdout is data, stderr is talk. `tranche VERB --help` has examples.";

void add_global_options(CLI::App& app, Context& context) {
  auto& options = context.options;
  app.add_option("-C", options.directory, "Campaign directory (default: here)")->type_name("DIR");
  app.add_flag("--json", options.json, "One JSON document on stdout instead of text");
  app.add_flag("-q,--quiet", options.quiet, "Say only what went wrong");
  app.add_flag("-v,--verbose", options.verbose, "Say more; twice: everything");
  app.add_option("--color", options.color, "auto, always or never; NO_COLOR counts as well")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  app.set_version_flag("--version", std::string{"tranche "} + std::string{version()});
}

void register_commands(CLI::App& app, Context& context) {
  register_init(app, context);
  register_check(app, context);
  register_try(app, context);
  register_run(app, context);
  register_status(app, context);
  register_stop(app, context);
  register_approve(app, context);
  register_failures(app, context);
  register_show(app, context);
  register_verify(app, context);
  register_export(app, context);
}

/// Help and version are data; anything else CLI11 throws is a mistake on the command line.
int finish_parsing(const CLI::App& app, const CLI::ParseError& error, Context& context) {
  if (error.get_exit_code() == 0) return app.exit(error, context.out, context.err);
  settle_styles(context);
  context.err << context.err_style.red("error: ") << error.what() << '\n';
  const auto* shown = &app;
  while (!shown->get_subcommands().empty()) shown = shown->get_subcommands().front();
  const std::string verb = shown == &app ? "" : " " + shown->get_name();
  context.err << "  tranche" << verb << " --help shows what can be typed\n";
  return static_cast<int>(ExitCode::usage);
}

}  // namespace

int run_application(std::span<const char* const> arguments, Context& context) {
  CLI::App app{description, "tranche"};
  app.footer(footer);
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->column_width(26);
  try {
    add_global_options(app, context);
    app.parse_complete_callback([&] {
      settle_styles(context);
      set_up_logging(context);
    });
    register_commands(app, context);
    app.parse(static_cast<int>(arguments.size()), arguments.data());
    context.out.flush();
    return context.exit_code;
  } catch (const CLI::ParseError& error) {
    return finish_parsing(app, error, context);
  } catch (...) {
    context.out.flush();
    return report_current_exception(context);
  }
}

}  // namespace tranche::cli
