// tranche completion, and the hidden `tranche man`: both made from what --help says.
#include <CLI/CLI.hpp>
#include <ostream>

#include "help_model.hpp"
#include "tool_commands.hpp"
#include "tranche/base/version.hpp"

namespace tranche::cli {

void register_completion(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("completion", "Print the completion script of a shell");
  auto shell = std::make_shared<std::string>();
  verb->add_option("SHELL", *shell, "Which shell")
      ->required()
      ->type_name("SHELL")
      ->check(CLI::IsMember({"bash", "zsh"}));
  verb->footer(
      "  source <(tranche completion bash)\n"
      "  tranche completion zsh > ~/.zfunc/_tranche    (a directory in fpath)\n"
      "An installation brings both, and the man page.");
  verb->callback([shell, &app, &context] {
    const auto help = help_of(app);
    context.out << (*shell == "bash" ? bash_completion(help) : zsh_completion(help));
  });
  auto* page = app.add_subcommand("man", "Print the man page")->group("");
  page->callback([&app, &context] { context.out << man_page(help_of(app), std::string{version()}); });
}

}  // namespace tranche::cli
