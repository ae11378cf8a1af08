#include "tranche/readout/numbers.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>

namespace tranche::readout {
namespace {

constexpr std::size_t longest = 400;

/// A Fortran exponent becomes one that C reads: D, or no letter at all. Returns the length.
std::size_t with_letter_e(std::string_view word, std::array<char, longest + 2>& out) {
  std::size_t length = 0;
  bool exponent = false;
  for (std::size_t k = 0; k < word.size(); ++k) {
    const char c = word[k];
    const bool letter = c == 'd' || c == 'D' || c == 'e' || c == 'E';
    const bool bare_sign = (c == '+' || c == '-') && k > 0 && !exponent;
    if (bare_sign) out[length++] = 'e';
    exponent = exponent || letter || bare_sign;
    if (letter)
      out[length++] = 'e';
    else if (!(c == '+' && (k == 0 || out[length - 1] == 'e')))  // from_chars knows no +
      out[length++] = c;
  }
  return length;
}

bool digits_or_point(char c) {
  return (c >= '0' && c <= '9') || c == '.';
}

/// Beyond the range of doubles: by the sign of the exponent.
double beyond(std::string_view word) {
  const auto exponent = word.rfind('e');
  const bool small = exponent != std::string_view::npos && word[exponent + 1] == '-';
  const double size = small ? 0.0 : std::numeric_limits<double>::infinity();
  return word.front() == '-' ? -size : size;
}

}  // namespace

std::optional<double> read_number(std::string_view word) {
  if (word.empty() || word.size() > longest) return std::nullopt;
  const auto first = word.find_first_not_of("+-");
  if (first == std::string_view::npos || first > 1) return std::nullopt;
  double value = 0;
  std::array<char, longest + 2> buffer{};
  std::string_view text = word;
  if (digits_or_point(word[first])) {
    // A word of signs only could double in length.
    if (word.size() > longest / 2) return std::nullopt;
    text = {buffer.data(), with_letter_e(word, buffer)};
  } else if (word.front() == '+') {
    text.remove_prefix(1);
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return beyond(text);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace tranche::readout
