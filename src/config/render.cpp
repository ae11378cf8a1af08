#include <algorithm>
#include <fstream>
#include <sstream>

#include "source_lines.hpp"
#include "tranche/config/campaign_file.hpp"

namespace tranche::config {
namespace {

/// Longest part of a line that is shown; longer ones are cut around the caret.
constexpr std::size_t most_shown = 160;

struct Style {
  const char* bold;
  const char* red;
  const char* green;
  const char* plain;
};
constexpr Style plain_style{"", "", "", ""};
constexpr Style color_style{"\033[1m", "\033[1;31m", "\033[1;32m", "\033[0m"};

std::string place_text(const SourcePlace& where) {
  std::string text = where.file;
  if (where.line > 0) text += ':' + std::to_string(where.line);
  if (where.line > 0 && where.column > 0) text += ':' + std::to_string(where.column);
  return text;
}

std::string without_tabs(std::string_view line) {
  std::string text{line};
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

/// The part of a line around the caret, and the caret's column in it.
struct Excerpt {
  std::string text;
  std::size_t caret = 0;
};

Excerpt excerpt_of(const SourceLines& lines, const SourcePlace& where) {
  const auto line = without_tabs(lines.line(where.line));
  const auto column = static_cast<std::size_t>(std::max(where.column, 1)) - 1;
  if (character_count(line) <= most_shown) return {line, column};
  const auto first = column > most_shown / 2 ? column - most_shown / 2 : 0;
  const auto begin = lines.byte_of(where.line, static_cast<int>(first) + 1);
  const auto end = lines.byte_of(where.line, static_cast<int>(first + most_shown) + 1);
  const std::string lead = first > 0 ? "..." : "";
  return {lead + line.substr(begin, end - begin) + (end < line.size() ? "..." : ""),
          column - first + lead.size()};
}

/// `  7 |   delta: ...` and the caret under it.
std::string excerpt_lines(const SourceLines& lines, const SourcePlace& where, const Style& style) {
  const auto excerpt = excerpt_of(lines, where);
  const auto number = std::to_string(where.line);
  return "  " + number + " | " + excerpt.text + "\n" + std::string(number.size() + 2, ' ') + " | " +
         std::string(excerpt.caret, ' ') + style.green + "^" + style.plain + "\n";
}

std::string render_one(const Problem& problem, const SourceText& source, const SourceLines& lines,
                       const Style& style) {
  std::string text = style.bold + place_text(problem.where) + ": " + style.red + "error:" + style.plain +
                     " " + style.bold + problem.what + style.plain + "\n";
  const auto line = problem.where.file == source.file ? lines.line(problem.where.line) : std::string_view{};
  const bool shown = line.find_first_not_of(" \t") != std::string_view::npos;
  if (shown) text += excerpt_lines(lines, problem.where, style);
  if (!problem.why.empty()) text += "  why: " + problem.why + "\n";
  if (!problem.fix.empty()) text += "  fix: " + problem.fix + "\n";
  return text;
}

}  // namespace

std::string render(std::span<const Problem> problems, const SourceText& source, Color color) {
  const auto& style = color == Color::on ? color_style : plain_style;
  const SourceLines lines{source.text};
  std::string text;
  for (const auto& problem : problems) text += render_one(problem, source, lines, style);
  if (problems.size() > 1) text += std::to_string(problems.size()) + " problems\n";
  return text;
}

std::string render(std::span<const Problem> problems, const std::filesystem::path& path, Color color) {
  SourceText source{path.string(), ""};
  std::error_code ignored;
  std::ifstream stream;
  if (std::filesystem::is_regular_file(path, ignored)) stream.open(path, std::ios::binary);
  std::ostringstream text;
  if (stream.is_open()) text << stream.rdbuf();
  source.text = text.str();
  return render(problems, source, color);
}

}  // namespace tranche::config
