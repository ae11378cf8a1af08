/// \file
/// Version of this build.
/// Layer: base (pure).
#pragma once

#include <string_view>

namespace tranche {

/// `0.1.0`
std::string_view version() noexcept;

}  // namespace tranche
