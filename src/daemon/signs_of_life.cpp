#include "signs_of_life.hpp"

#include <algorithm>

namespace tranche::daemon {

SignsOfLife::SignsOfLife(int partners, double now)
    : partners_(static_cast<std::size_t>(partners), Partner{0, now}) {}

void SignsOfLife::forgive(double now) {
  for (auto& partner : partners_) partner.seen_at = std::max(partner.seen_at, now);
}

void SignsOfLife::saw(int partner, std::uint64_t counter, double now) {
  auto& known = partners_.at(static_cast<std::size_t>(partner));
  if (known.counter == counter) return;
  known = {counter, now};
}

std::optional<SignsOfLife::Silence> SignsOfLife::longest(double now, double limit_s) const {
  const auto first = std::min_element(partners_.begin(), partners_.end(),
                                      [](const auto& a, const auto& b) { return a.seen_at < b.seen_at; });
  if (first == partners_.end() || now - first->seen_at <= limit_s) return std::nullopt;
  return Silence{static_cast<int>(first - partners_.begin()), now - first->seen_at};
}

}  // namespace tranche::daemon
