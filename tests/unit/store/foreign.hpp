/// \file
/// Runs a script of this folder with the system's Python: what people will open our files with.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>

namespace tranche::test {

/// Output of `python3 <script> <argument>`, errors included; throws if it does not end with 0.
inline std::string run_python(const std::string& script, const std::string& arguments) {
  const std::string command = std::string{TRANCHE_TEST_PYTHON} + " " + TRANCHE_TEST_SCRIPTS + "/" + script +
                              " " + arguments + " 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error{"popen"};
  std::string output;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  if (::pclose(pipe) != 0) throw std::runtime_error{command + " failed:\n" + output};
  return output;
}

}  // namespace tranche::test
