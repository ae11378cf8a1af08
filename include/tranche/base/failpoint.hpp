/// \file
/// Named places of the commit protocol where a test can let a process die, stop or fail (docs/states.md).
/// Layer: base (pure).
#pragma once

#include <string_view>

namespace tranche {

/// Does nothing: the library's definition is empty. Programs of the tests link one that obeys
/// TRANCHE_FAILPOINT (tests/failpoints) instead, which may not return, or throw anything.
void failpoint(std::string_view name);

}  // namespace tranche
