#include "help_model.hpp"

#include <CLI/CLI.hpp>

namespace tranche::cli {
namespace {

/// `WHAT:{a,b}` as CLI11 writes a choice: what stands between the braces.
std::vector<std::string> choices_in(const std::string& type) {
  const auto begin = type.find('{');
  const auto end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

OptionHelp option_help(const CLI::Option& option) {
  OptionHelp help;
  for (const auto& name : option.get_snames()) help.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) help.names.push_back("--" + name);
  help.description = option.get_description();
  if (option.get_type_size_max() == 0) return help;
  const auto type = option.get_type_name();
  help.choices = choices_in(type);
  help.value = help.names.empty() ? option.get_name(true) : type.substr(0, type.find(':'));
  return help;
}

VerbHelp verb_help(const CLI::App& app) {
  VerbHelp help{app.get_name(), app.get_description(), app.get_footer(), {}};
  for (const auto* option :
       app.get_options([](const CLI::Option* each) { return !each->get_group().empty(); }))
    help.options.push_back(option_help(*option));
  return help;
}

}  // namespace

ProgramHelp help_of(const CLI::App& app) {
  ProgramHelp help{verb_help(app), {}};
  for (const auto* verb :
       app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    help.verbs.push_back(verb_help(*verb));
  return help;
}

}  // namespace tranche::cli
