#include "values.hpp"

#include <array>
#include <charconv>

namespace tranche::learn {

std::string quoted(const std::string& text) {
  return '`' + text + '`';
}

std::string text_of(double value) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

std::string near(const std::string& word, const std::vector<std::string>& candidates) {
  if (const auto found = did_you_mean(word, candidates)) return ": did you mean " + quoted(*found) + "?";
  std::string all;
  for (const auto& candidate : candidates) all += (all.empty() ? "" : ", ") + candidate;
  return "; there are " + all;
}

Problem set_number(double& number, const std::string& text, const std::optional<double>& value,
                   Numbers range) {
  const bool may_be_least = range.at_least == Least::may_be;
  const bool above = value && (may_be_least ? *value >= range.least : *value > range.least);
  if (!above || *value > range.most)
    return quoted(text) + " is no number " + (may_be_least ? "of at least " : "above ") +
           text_of(range.least) + " and at most " + text_of(range.most);
  number = *value;
  return {};
}

Problem set_number(double& number, const std::string& text, Numbers range) {
  return set_number(number, text, parse_number(text), range);
}

}  // namespace tranche::learn
