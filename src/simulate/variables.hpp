/// \file
/// Environment variables and locale, as they were before the first sample.
/// Layer: adapter (simulate). In slots only. Both live in the process's own memory: no system call tells.
#pragma once

#include <string>
#include <vector>

namespace tranche::simulate {

class Variables {
 public:
  /// Notes the present ones as those to go back to.
  Variables();
  ~Variables();
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

  /// Some 10 ns if nothing was set, unset or put. A value changed in place goes unseen.
  void restore();

 private:
  std::vector<char*> wanted_;   ///< the strings themselves are never freed by the C library
  std::vector<char*> present_;  ///< what `environ` points to
  char** before_;
  std::string locale_;
};

}  // namespace tranche::simulate
