#include "patience.hpp"

#include <algorithm>
#include <cstdlib>

#include "tranche/base/text.hpp"

namespace tranche::launch {
namespace {

constexpr double usual_limit_s = 300;
constexpr double least_limit_s = 2;
constexpr double most_grace_s = 10;  ///< for a launcher that is asked to end

}  // namespace

double start_limit_s() {
  const char* text = std::getenv("TRANCHE_START_S");
  const auto wanted = text == nullptr ? std::nullopt : parse_number(text);
  return std::max(least_limit_s, wanted.value_or(usual_limit_s));
}

Patience::Word Patience::look(bool met, double now) {
  met_ = met_ || (met && !gave_up());
  const double late_s = now - began_at_ - limit_s_;
  if (met_ || late_s < 0) return Word::wait;
  const auto word = late_s < std::min(most_grace_s, limit_s_) ? Word::end : Word::kill;
  if (word <= said_) return Word::wait;
  said_ = word;
  return word;
}

}  // namespace tranche::launch
