/// \file
/// What --help says, as data: the one source of the man page and the completions.
/// Layer: application (cli), pure.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tranche::cli {

struct OptionHelp {
  std::vector<std::string> names;  ///< `-n`, `--ranks`; empty: an argument by its place
  std::string value;               ///< `RANKS`; empty: a flag
  std::string description;
  std::vector<std::string> choices;  ///< all that may stand there; empty: anything
};

struct VerbHelp {
  std::string name;  ///< empty: tranche itself
  std::string description;
  std::string footer;  ///< examples, line by line
  std::vector<OptionHelp> options;
};

struct ProgramHelp {
  VerbHelp program;
  std::vector<VerbHelp> verbs;
};

/// Hidden verbs and options are left out, as in --help.
ProgramHelp help_of(const CLI::App& app);

/// A roff page for section 1.
std::string man_page(const ProgramHelp& help, const std::string& version);
std::string bash_completion(const ProgramHelp& help);
std::string zsh_completion(const ProgramHelp& help);

}  // namespace tranche::cli
