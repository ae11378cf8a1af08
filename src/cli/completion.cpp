#include "help_model.hpp"

namespace tranche::cli {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

bool names_directory(const OptionHelp& option) {
  return option.value == "DIR";
}

/// Every word that may follow: options, and the choices of arguments by place.
std::string words_of(const VerbHelp& verb) {
  std::vector<std::string> words;
  for (const auto& option : verb.options) {
    const auto& more = option.names.empty() ? option.choices : option.names;
    words.insert(words.end(), more.begin(), more.end());
  }
  return joined(words, " ");
}

/// Cases `verb:--option)` for options that take a value.
std::string value_cases(const VerbHelp& verb, const std::string& prefix) {
  std::string text;
  for (const auto& option : verb.options) {
    if (option.names.empty() || option.value.empty()) continue;
    std::string patterns;
    for (const auto& name : option.names) patterns += (patterns.empty() ? "" : "|") + prefix + ":" + name;
    text += "    " + patterns + ") ";
    if (names_directory(option))
      text += "COMPREPLY=($(compgen -d -- \"$cur\")); ";
    else if (!option.choices.empty())
      text += "COMPREPLY=($(compgen -W '" + joined(option.choices, " ") + "' -- \"$cur\")); ";
    text += "return ;;\n";
  }
  return text;
}

/// Names of global options whose value is the next word.
std::string global_with_value(const VerbHelp& program) {
  std::string text;
  for (const auto& option : program.options)
    if (!option.value.empty()) text += (text.empty() ? "" : "|") + joined(option.names, "|");
  return text;
}

/// Inside single quotes, and without the characters that _arguments reads itself.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c == '[' || c == ']' || c == ':' || c == '\\')
      out += std::string{"\\"} + c;
    else
      out += c;
  }
  return out;
}

std::string zsh_value(const OptionHelp& option) {
  if (option.value.empty()) return {};
  std::string text = ":" + zsh_text(option.value) + ":";
  if (names_directory(option)) return text + "_files -/";
  if (!option.choices.empty()) return text + "(" + joined(option.choices, " ") + ")";
  return text;
}

std::string zsh_specs(const VerbHelp& verb, const std::string& indent) {
  std::string text;
  for (const auto& option : verb.options) {
    const auto rest = "[" + zsh_text(option.description) + "]" + zsh_value(option) + "'";
    for (const auto& name : option.names) text += " \\\n" + indent + "'" + name + rest;
    if (option.names.empty()) text += " \\\n" + indent + "'*" + zsh_value(option) + "'";
  }
  return text;
}

}  // namespace

std::string bash_completion(const ProgramHelp& help) {
  const auto& program = help.program;
  std::vector<std::string> verbs;
  for (const auto& verb : help.verbs) verbs.push_back(verb.name);
  std::string cases = value_cases(program, "*");
  std::string words;
  for (const auto& verb : help.verbs) {
    cases += value_cases(verb, verb.name);
    words += "    " + verb.name + ") words='" + words_of(verb) + "' ;;\n";
  }
  return "# bash completion for tranche; made by: tranche completion bash\n"
         "_tranche() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= words= i\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case ${COMP_WORDS[i]} in\n"
         "      " +
         global_with_value(program) +
         ") ((i++)) ;;\n"
         "      -*) ;;\n"
         "      *) verb=${COMP_WORDS[i]}; break ;;\n"
         "    esac\n"
         "  done\n"
         "  case $verb:$prev in\n" +
         cases +
         "  esac\n"
         "  case $verb in\n"
         "    '') words='" +
         joined(verbs, " ") + "' ;;\n" + words +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words " +
         words_of(program) +
         "\" -- \"$cur\"))\n"
         "}\n"
         "complete -o default -F _tranche tranche\n";
}

std::string zsh_completion(const ProgramHelp& help) {
  std::string verbs;
  std::string cases;
  for (const auto& verb : help.verbs) {
    verbs += "\n    '" + verb.name + ":" + zsh_text(verb.description) + "'";
    cases += "        " + verb.name + ") _arguments $global" + zsh_specs(verb, "          ") + " ;;\n";
  }
  return "#compdef tranche\n"
         "# zsh completion for tranche; made by: tranche completion zsh\n"
         "_tranche() {\n"
         "  local context state line\n"
         "  local -a verbs global\n"
         "  verbs=(" +
         verbs +
         ")\n"
         "  global=(" +
         zsh_specs(help.program, "    ").substr(2) +
         ")\n"
         "  _arguments -C $global '1: :->verb' '*:: :->rest'\n"
         "  case $state in\n"
         "    verb) _describe -t commands 'tranche command' verbs ;;\n"
         "    rest)\n"
         "      case $words[1] in\n" +
         cases +
         "      esac ;;\n"
         "  esac\n"
         "}\n"
         "_tranche \"$@\"\n";
}

}  // namespace tranche::cli
