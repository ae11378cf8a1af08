#include "tranche/learn/hold_out.hpp"

#include "tranche/design/hash.hpp"

namespace tranche::learn {

bool is_held_out(SampleIndex index, double share) noexcept {
  constexpr std::uint64_t key = 0x401D0117;  // unlike any stream of a design: no position depends on it
  return static_cast<double>(design::hash(key, index) >> 11) * 0x1p-53 < share;
}

}  // namespace tranche::learn
