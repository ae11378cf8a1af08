/// \file
/// printf-style formatting into a string; private to the library.
#pragma once

#include <cstdio>
#include <string>

namespace ssc {

/// At most 400 characters. Numbers only: the caller's format strings are literals.
template <typename... Values>
std::string text(char const* format, Values... values) {
  char line[401];
  std::snprintf(line, sizeof line, format, values...);
  return line;
}

}  // namespace ssc
