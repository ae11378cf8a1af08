#include <algorithm>

#include "tranche/campaign/spec.hpp"

namespace tranche::campaign {

std::uint8_t RetrySpec::after(SampleState state, std::string_view reason) const noexcept {
  const auto named = std::find_if(reasons.begin(), reasons.end(), [&](const auto& each) {
    return each.state == state && each.reason == reason;
  });
  if (named != reasons.end()) return named->attempts;
  switch (state) {
    case SampleState::failed:
      return failed;
    case SampleState::timeout:
      return timeout;
    case SampleState::crashed:
      return crashed;
    default:
      return 0;
  }
}

}  // namespace tranche::campaign
