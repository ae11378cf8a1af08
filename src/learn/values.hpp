/// \file
/// Values from words, and what is said of those that are none.
/// Layer: learn (private, pure).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tranche/base/text.hpp"

namespace tranche::learn {

/// What is wrong with a text; nothing if it has been taken.
using Problem = std::optional<std::string>;

std::string quoted(const std::string& text);
/// The shortest digits that give the same number again.
std::string text_of(double value);
/// `: did you mean ...?`, or all there are.
std::string near(const std::string& word, const std::vector<std::string>& candidates);

struct Counts {
  std::uint64_t least;
  std::uint64_t most;
};

template <class Number>
Problem set_count(Number& number, const std::string& text, Counts range) {
  const auto value = parse_count(text);
  if (!value || *value < range.least || *value > range.most)
    return quoted(text) + " is no whole number from " + std::to_string(range.least) + " to " +
           std::to_string(range.most);
  number = static_cast<Number>(*value);
  return {};
}

enum class Least : std::uint8_t { may_be, is_too_small };

struct Numbers {
  double least;
  Least at_least;
  double most;
};

/// `value`: what the text was read as.
Problem set_number(double& number, const std::string& text, const std::optional<double>& value,
                   Numbers range);
Problem set_number(double& number, const std::string& text, Numbers range);

/// `value`: what the word stands for; `last`: of an enumeration that counts from 0.
template <class Enum>
Problem set_word(Enum& target, const std::string& text, Enum last, std::optional<Enum> value) {
  std::vector<std::string> words;
  for (int k = 0; k <= static_cast<int>(last); ++k) words.emplace_back(to_string(static_cast<Enum>(k)));
  if (!value) return quoted(text) + " is none of its words" + near(text, words);
  target = *value;
  return {};
}

}  // namespace tranche::learn
