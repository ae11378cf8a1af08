/// \file
/// An enumeration and its words, in the same order.
/// Layer: learn (private, pure).
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace tranche::learn {

template <class Enum, std::size_t N>
struct WordTable {
  std::array<std::string_view, N> words;

  constexpr std::string_view word(Enum value) const noexcept {
    return words[static_cast<std::size_t>(value)];
  }

  constexpr std::optional<Enum> value(std::string_view word) const noexcept {
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) return std::nullopt;
    return static_cast<Enum>(found - words.begin());
  }
};

}  // namespace tranche::learn
