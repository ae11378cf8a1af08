#include "tranche/readout/fault.hpp"

#include <algorithm>

namespace tranche::readout {

Result<Numbers> of_length(Numbers numbers, std::size_t due, std::string_view file, std::string_view what) {
  if (numbers.size() == due) return numbers;
  return Fault{"wrong_length", std::string{file} + ": " + std::to_string(numbers.size()) + " " +
                                   std::string{what} + ", " + std::to_string(due) + " are due"};
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string clean{text.substr(0, longest)};
  std::ranges::replace_if(
      clean,
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e; },
      '?');
  return "`" + clean + (text.size() > longest ? "...`" : "`");
}

}  // namespace tranche::readout
