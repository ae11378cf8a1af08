/// \file
/// A command line written as one text, split into words as a shell would, without being a shell.
/// Layer: core (pure).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tranche/deck/deck.hpp"

namespace tranche::deck {

/// A word, and where it began.
struct Word {
  std::string text;
  std::size_t offset = 0;
};

/// Blanks separate; '...' keeps everything, "..." everything but \" and \\; outside quotes \ keeps the next
/// character. What only a shell could do (pipes, redirections, variables, patterns) is a mistake, since it
/// would be handed to the program as it stands.
std::variant<std::vector<Word>, Mistake> split_words(std::string_view line);

/// The words as one would type them to a shell.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace tranche::deck
