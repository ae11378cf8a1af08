/// \file
/// What every subcommand gets: global options, where to write, how text may look, the exit code.
/// Layer: application (cli).
#pragma once

#include <iosfwd>
#include <string>

#include "tranche/base/errors.hpp"
#include "tranche/directory/files.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::cli {

/// Global options, as typed.
struct GlobalOptions {
  std::string directory = ".";
  bool json = false;
  bool quiet = false;
  int verbose = 0;
  std::string color = "auto";  ///< auto, always, never
};

/// stdout is data, stderr is talk.
struct Context {
  std::ostream& out;
  std::ostream& err;
  GlobalOptions options;
  inspect::TextStyle out_style;  ///< settled by settle_styles()
  inspect::TextStyle err_style;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int exit_code = 0;  ///< set by the subcommand's callback

  Context(std::ostream& out_stream, std::ostream& err_stream) : out{out_stream}, err{err_stream} {}

  /// The campaign named by -C. \throws ConfigError if there is none
  directory::CampaignPaths campaign() const;
  /// Talk, unless -q was given.
  void say(const std::string& line) const;
};

/// Colours and characters from --color, NO_COLOR, the locale and what the streams are.
void settle_styles(Context& context);

/// Says what went wrong on stderr: what, where, why, what to type. Returns the exit code.
/// Must be called inside a catch block.
int report_current_exception(const Context& context);

}  // namespace tranche::cli
