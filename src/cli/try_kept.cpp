#include "try_kept.hpp"

#include <cctype>
#include <sstream>
#include <variant>

#include "tranche/base/text.hpp"

namespace tranche::cli {
namespace {

constexpr std::size_t most_lines = 40;
constexpr std::size_t most_letters = 200;  ///< of a line
constexpr std::size_t longest_name = 100;

/// For a terminal.
std::string printable(std::string line) {
  if (line.size() > most_letters) line = line.substr(0, most_letters) + "...";
  for (auto& letter : line) {
    const auto byte = static_cast<unsigned char>(letter);
    if ((byte < 0x20 && letter != '\t') || byte == 0x7f) letter = '?';
  }
  return line;
}

std::string deck_text(const std::string& name, const std::string& content) {
  std::string text = "  " + name + ":\n";
  std::istringstream lines{content};
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    if (count < most_lines) text += "    " + printable(line) + '\n';
  if (count > most_lines) text += "    ... " + format_count(count - most_lines) + " more lines\n";
  return text;
}

}  // namespace

std::filesystem::path kept_place(const directory::CampaignPaths& paths, const TryPoint& point) {
  std::string name;
  for (const char letter : point.label) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '.' || letter == '_';
    if (plain)
      name += letter;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  return paths.tried() / name.substr(0, longest_name);
}

std::string decks_text(const campaign::CampaignSpec& spec, const std::filesystem::path& place) {
  const auto* command = std::get_if<campaign::CommandSpec>(&spec.simulator.kind);
  if (command == nullptr) return {};
  std::string text;
  for (const auto& input : command->inputs)
    if (const auto content = directory::read_file(place / input.file))
      text += deck_text(input.file, *content);
  return text;
}

std::string what_is_kept(const campaign::SimulatorSpec& simulator) {
  if (std::holds_alternative<campaign::CommandSpec>(simulator.kind)) return {};
  const std::string why = "its slot has one folder (`rundir`) for all samples, and that goes with the slot";
  if (std::holds_alternative<campaign::PluginSpec>(simulator.kind))
    return "a plug-in has no directory for each run: --keep keeps what it said on stderr; " + why;
  return "a worker has no directory for each run: --keep keeps its answer and what it said on stderr; " + why;
}

}  // namespace tranche::cli
