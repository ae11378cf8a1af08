#include "file_text.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

#include "tranche/base/text.hpp"

namespace tranche::cli {
namespace {

constexpr std::size_t most_letters = 200;  ///< of a line

std::string printable(std::string line) {
  if (line.size() > most_letters) line = line.substr(0, most_letters) + "...";
  for (auto& letter : line) {
    const auto byte = static_cast<unsigned char>(letter);
    if ((byte < 0x20 && letter != '\t') || byte == 0x7f) letter = '?';
  }
  return line;
}

}  // namespace

std::string file_text(const std::string& name, const std::string& content, Part part,
                      std::size_t most_lines) {
  std::vector<std::string> lines;
  std::istringstream stream{content};
  for (std::string line; std::getline(stream, line);) lines.push_back(std::move(line));
  const auto shown = std::min(lines.size(), most_lines);
  const auto left_out = lines.size() - shown;
  const auto more = "    ... " + format_count(left_out) + (left_out == 1 ? " more line\n" : " more lines\n");
  auto text = "  " + name + ":\n";
  if (left_out > 0 && part == Part::end) text += more;
  const auto first = part == Part::end ? left_out : 0;
  for (std::size_t k = first; k < first + shown; ++k) text += "    " + printable(lines[k]) + '\n';
  if (left_out > 0 && part == Part::beginning) text += more;
  return text;
}

}  // namespace tranche::cli
