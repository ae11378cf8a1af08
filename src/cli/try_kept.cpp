#include "try_kept.hpp"

#include <cctype>
#include <variant>

#include "file_text.hpp"

namespace tranche::cli {
namespace {

constexpr std::size_t most_lines = 40;
constexpr std::size_t longest_name = 100;

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
      text += file_text(input.file, *content, Part::beginning, most_lines);
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
