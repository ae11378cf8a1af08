#include <sstream>

#include "help_model.hpp"

namespace tranche::cli {
namespace {

/// Text as roff takes it literally.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  if (!out.empty() && (out.front() == '.' || out.front() == '\'')) out.insert(0, "\\&");
  return out;
}

/// Lines kept as they are.
std::string literal(const std::string& text) {
  std::string out = ".nf\n";
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) out += escaped(line) + '\n';
  return out + ".fi\n";
}

std::string option_text(const OptionHelp& option) {
  std::string out = ".TP\n";
  std::string names;
  for (const auto& name : option.names)
    names += (names.empty() ? "" : ", ") + ("\\fB" + escaped(name) + "\\fR");
  if (!option.value.empty()) names += (names.empty() ? "" : " ") + ("\\fI" + escaped(option.value) + "\\fR");
  out += names + '\n' + escaped(option.description) + '\n';
  if (option.choices.empty()) return out;
  std::string choices;
  for (const auto& choice : option.choices) choices += (choices.empty() ? "One of " : ", ") + choice;
  return out + escaped(choices) + ".\n";
}

std::string options_text(const VerbHelp& verb) {
  std::string out;
  for (const auto& option : verb.options) out += option_text(option);
  return out;
}

}  // namespace

std::string man_page(const ProgramHelp& help, const std::string& version) {
  std::string out = ".TH TRANCHE 1 \"\" \"tranche " + escaped(version) + "\" \"User Commands\"\n";
  out += ".SH NAME\ntranche \\- simulation campaigns in stages\n";
  out += ".SH SYNOPSIS\n\\fBtranche\\fR [\\fIOPTIONS\\fR] \\fIVERB\\fR [\\fIOPTIONS\\fR]\n";
  out += ".SH DESCRIPTION\n" + literal(help.program.description);
  out += ".SH OPTIONS\nThese may stand before or behind the verb.\n" + options_text(help.program);
  out += ".SH VERBS\n";
  for (const auto& verb : help.verbs) {
    out += ".SS tranche " + escaped(verb.name) + '\n' + escaped(verb.description) + '\n';
    out += options_text(verb);
    if (!verb.footer.empty()) out += ".PP\n" + literal(verb.footer);
  }
  return out + ".SH EXIT STATUS\n" + literal(help.program.footer);
}

}  // namespace tranche::cli
