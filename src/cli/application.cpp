#include "application.hpp"

#include <CLI/CLI.hpp>
#include <ostream>

#include "commands.hpp"
#include "logging.hpp"
#include "tool_commands.hpp"
#include "tranche/base/text.hpp"
#include "tranche/base/version.hpp"

namespace tranche::cli {
namespace {

constexpr const char* description =
    "tranche turns a simulation code into a training set, in stages, on a laptop or a cluster.\n\n"
    "  tranche init my-campaign     make a campaign that runs at once\n"
    "  tranche check                what would be computed, and what is wrong\n"
    "  tranche try                  a few points, here and now\n"
    "  tranche run                  compute; running again resumes\n"
    "  tranche submit               the same as a job of Slurm, or several in a row\n"
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
      ->type_name("WHEN")
      ->check([](const std::string& when) {
        const bool known = when == "auto" || when == "always" || when == "never";
        return known ? std::string{} : "--color takes auto, always or never, not `" + when + "`";
      });
  app.set_version_flag("--version", std::string{"tranche "} + std::string{version()}, "Show the version");
}

void register_commands(CLI::App& app, Context& context) {
  register_init(app, context);
  register_check(app, context);
  register_try(app, context);
  register_worker(app, context);
  register_run(app, context);
  register_submit(app, context);
  register_status(app, context);
  register_stop(app, context);
  register_pause(app, context);
  register_approve(app, context);
  register_failures(app, context);
  register_retry(app, context);
  register_show(app, context);
  register_verify(app, context);
  register_export(app, context);
  register_train(app, context);
  register_models(app, context);
  register_predict(app, context);
  register_doctor(app, context);
  register_bench(app, context);
  register_completion(app, context);
}

std::vector<std::string> verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

int usage_error(const Context& context, const std::string& what, const std::string& fix) {
  context.err << context.err_style.red("error: ") << what << "\n  " << fix << '\n';
  return static_cast<int>(ExitCode::usage);
}

/// No verb, or one that does not exist.
int refuse_verb(const CLI::App& app, const Context& context) {
  const auto words = app.remaining();
  if (words.empty()) {
    context.err << app.help();
    return static_cast<int>(ExitCode::usage);
  }
  const auto guess = did_you_mean(words.front(), verb_names(app));
  return usage_error(context, "there is no command `" + words.front() + "`",
                     guess ? "did you mean: tranche " + *guess : "tranche --help lists the commands");
}

/// Help and version are data; anything else CLI11 throws is a mistake on the command line.
int finish_parsing(const CLI::App& app, const CLI::ParseError& error, Context& context) {
  if (error.get_exit_code() == 0) return app.exit(error, context.out, context.err);
  settle_styles(context);
  const auto verbs = app.get_subcommands();
  if (verbs.empty() && error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError))
    return refuse_verb(app, context);
  const std::string verb = verbs.empty() ? "" : " " + verbs.front()->get_name();
  return usage_error(context, error.what(), "tranche" + verb + " --help shows what can be typed");
}

}  // namespace

int run_application(std::span<const char* const> arguments, Context& context) {
  CLI::App app{description, "tranche"};
  app.footer(footer);
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->column_width(26);
  app.set_help_flag("-h,--help", "Show this, or with a verb its options and examples");
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
