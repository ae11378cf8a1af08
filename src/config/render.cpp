#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "source_lines.hpp"
#include "tranche/config/campaign_file.hpp"

namespace tranche::config {
namespace {

/// Longest part of a line that is shown; longer ones are cut around the caret.
constexpr std::size_t most_shown = 160;
/// Larger files are named, but not quoted.
constexpr std::uintmax_t most_shown_bytes = 16u << 20;

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

/// Texts by the names that problems have for them.
using Sources = std::map<std::string, SourceLines, std::less<>>;

std::string render_one(const Problem& problem, const Sources& sources, const Style& style) {
  std::string text = style.bold + place_text(problem.where) + ": " + style.red + "error:" + style.plain +
                     " " + style.bold + problem.what + style.plain + "\n";
  const auto source = sources.find(problem.where.file);
  const auto line = source != sources.end() ? source->second.line(problem.where.line) : std::string_view{};
  const bool shown = line.find_first_not_of(" \t") != std::string_view::npos;
  if (shown) text += excerpt_lines(source->second, problem.where, style);
  if (!problem.why.empty()) text += "  why: " + problem.why + "\n";
  if (!problem.fix.empty()) text += "  fix: " + problem.fix + "\n";
  return text;
}

std::string render_all(std::span<const Problem> problems, const Sources& sources, Color color) {
  const auto& style = color == Color::on ? color_style : plain_style;
  std::string text;
  for (const auto& problem : problems) text += render_one(problem, sources, style);
  if (problems.size() > 1) text += std::to_string(problems.size()) + " problems\n";
  return text;
}

/// Empty if there is no such text.
std::string text_of(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error) ||
      std::filesystem::file_size(path, error) > most_shown_bytes)
    return {};
  std::ifstream stream{path, std::ios::binary};
  std::ostringstream text;
  if (stream.is_open()) text << stream.rdbuf();
  return std::move(text).str();
}

}  // namespace

std::string render(std::span<const Problem> problems, const SourceText& source, Color color) {
  Sources sources;
  sources.emplace(source.file, SourceLines{source.text});
  return render_all(problems, sources, color);
}

std::string render(std::span<const Problem> problems, const std::filesystem::path& path, Color color) {
  std::map<std::string, std::string, std::less<>> texts;
  texts[path.string()] = text_of(path);
  for (const auto& problem : problems) {  // templates and lists beside it
    const auto& file = problem.where.file;
    if (!file.empty() && std::filesystem::path{file}.is_relative() && !texts.contains(file))
      texts[file] = text_of(path.parent_path() / file);
  }
  Sources sources;
  for (const auto& [file, text] : texts) sources.emplace(file, SourceLines{text});
  return render_all(problems, sources, color);
}

}  // namespace tranche::config
