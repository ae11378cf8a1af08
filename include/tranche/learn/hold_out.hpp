/// \file
/// Which samples no training ever sees.
/// Layer: learn (pure).
#pragma once

#include "tranche/base/ids.hpp"

namespace tranche::learn {

/// The same for every training of a campaign, whatever stage it uses: by a hash of the index and nothing
/// else. `share` in [0,1[.
bool is_held_out(SampleIndex index, double share) noexcept;

}  // namespace tranche::learn
