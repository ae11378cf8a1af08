#include "context.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <string_view>

namespace tranche::cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The locale's character set, by the rules of POSIX: the first of these that is set decides.
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value{environment(name)};
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

bool wants_color(const std::string& choice, bool terminal) {
  if (choice == "always") return true;
  if (choice == "never" || !environment("NO_COLOR").empty()) return false;
  return terminal && environment("TERM") != "dumb";
}

std::size_t terminal_width(int file) {
  winsize size{};
  if (::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return std::clamp<std::size_t>(size.ws_col, 60, 120);
  return 80;
}

inspect::TextStyle style_for(const Context& context, int file, bool terminal) {
  inspect::TextStyle style;
  style.color = wants_color(context.options.color, terminal) ? inspect::Color::on : inspect::Color::off;
  style.glyphs = locale_is_utf8() ? inspect::Glyphs::unicode : inspect::Glyphs::ascii;
  style.width = terminal ? terminal_width(file) : 80;
  return style;
}

}  // namespace

directory::CampaignPaths Context::campaign() const {
  return directory::find_campaign(options.directory);
}

void Context::say(const std::string& line) const {
  if (!options.quiet) err << line << '\n';
}

void settle_styles(Context& context) {
  context.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  context.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  context.out_style = style_for(context, STDOUT_FILENO, context.out_is_terminal);
  context.err_style = style_for(context, STDERR_FILENO, context.err_is_terminal);
}

}  // namespace tranche::cli
