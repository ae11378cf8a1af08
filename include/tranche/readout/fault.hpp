/// \file
/// Why numbers could not be taken from what a simulator wrote.
/// Layer: core (pure).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tranche::readout {

/// One of `parse` (text where a number is due), `wrong_length`, `axis`, `no_output`; and a line for people
/// that begins with the file and the line in it.
struct Fault {
  std::string reason;
  std::string message;
};

template <class Type>
using Result = std::variant<Type, Fault>;

using Numbers = std::vector<double>;

/// What came, if as many came as are due. `what` as in "values in column 2".
Result<Numbers> of_length(Numbers numbers, std::size_t due, std::string_view file, std::string_view what);

/// The text in quotes, shortened, with what no terminal should see replaced.
std::string shown(std::string_view text);

}  // namespace tranche::readout
