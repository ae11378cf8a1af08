#include "fitness_text.hpp"

#include <algorithm>

#include "tranche/inspect/text_table.hpp"

namespace tranche::cli {
namespace {

using inspect::Fitness;
using inspect::FitnessCheck;

std::string painted(Fitness fitness, const inspect::TextStyle& style) {
  const std::string word{to_string(fitness)};
  if (fitness == Fitness::ok) return style.green(word);
  return fitness == Fitness::warn ? style.yellow(word) : style.red(word);
}

}  // namespace

std::string fitness_text(const std::vector<FitnessCheck>& checks, const inspect::TextStyle& style) {
  std::size_t width = 0;
  for (const auto& check : checks) width = std::max(width, check.name.size());
  std::string text;
  const auto indent = width + 8;
  for (const auto& check : checks) {
    text += inspect::padded(painted(check.fitness, style), 4) + "  " + inspect::padded(check.name, width) +
            "  " + inspect::wrapped(check.text, style.width, indent) + '\n';
    if (!check.advice.empty())
      text += std::string(indent, ' ') + inspect::wrapped(check.advice, style.width, indent) + '\n';
  }
  return text;
}

}  // namespace tranche::cli
