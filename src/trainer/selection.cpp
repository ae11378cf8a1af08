#include "selection.hpp"

#include <algorithm>
#include <cmath>

#include "tranche/design/hash.hpp"
#include "tranche/learn/hold_out.hpp"

namespace tranche::trainer {
namespace {

constexpr std::uint64_t fraction_key = 0xF4AC'7104'0000'0000ULL;
constexpr std::uint64_t check_key = 0xC4EC'4000'0000'0000ULL;
constexpr double check_share = 0.05;
constexpr std::size_t most_checked = 1000;

bool in_share(std::uint64_t key, SampleIndex index, double share) {
  return static_cast<double>(design::hash(key, index)) < share * 0x1p64;
}

std::vector<SampleIndex> spread(const std::vector<SampleIndex>& all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<SampleIndex> some;
  for (std::size_t k = 0; k < most; ++k) some.push_back(all[all.size() * k / most]);
  return some;
}

}  // namespace

std::vector<SampleIndex> to_learn_from(const learn::TrialSettings& settings,
                                       const std::vector<SampleIndex>& ok) {
  std::vector<SampleIndex> chosen;
  for (const auto index : ok)
    if (!learn::is_held_out(index, settings.hold_out) &&
        (settings.fraction >= 1 || in_share(fraction_key, index, settings.fraction)))
      chosen.push_back(index);
  return chosen;
}

std::vector<SampleIndex> held_out(const learn::TrialSettings& settings, const std::vector<SampleIndex>& ok,
                                  std::size_t most) {
  std::vector<SampleIndex> chosen;
  for (const auto index : ok)
    if (learn::is_held_out(index, settings.hold_out)) chosen.push_back(index);
  return spread(chosen, most);
}

Selection select(const learn::TrialSettings& settings, const std::vector<SampleIndex>& all) {
  if (settings.patience == 0) return {all, spread(all, most_checked)};
  Selection selection;
  for (const auto index : all)
    (in_share(check_key, index, check_share) ? selection.checked : selection.learned).push_back(index);
  // Few samples: one of them at least on each side.
  for (auto* side : {&selection.checked, &selection.learned}) {
    auto& other = side == &selection.checked ? selection.learned : selection.checked;
    if (!side->empty()) continue;
    side->push_back(other.back());
    other.pop_back();
  }
  selection.checked = spread(selection.checked, most_checked);
  return selection;
}

}  // namespace tranche::trainer
