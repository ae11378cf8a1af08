#include "tranche/base/version.hpp"

namespace tranche {

std::string_view version() noexcept { return TRANCHE_VERSION; }

}  // namespace tranche
