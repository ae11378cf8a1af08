// Alone in its translation unit: a program that brings its own failpoint() never links this one.
#include "tranche/base/failpoint.hpp"

namespace tranche {

void failpoint(std::string_view /*name*/) {}

}  // namespace tranche
