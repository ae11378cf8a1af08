#include "tranche/campaign/stage_plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "tranche/base/text.hpp"
#include "tranche/design/stage_sizes.hpp"

namespace tranche::campaign {
namespace {

/// Cumulative sizes of the stages that remain, with the text for people.
struct Sizes {
  std::vector<std::uint64_t> design;    ///< what the design is built with
  std::vector<std::uint64_t> dispatch;  ///< what is run; differs in the last one for exact_count
  std::vector<std::size_t> kept;        ///< positions in CampaignSpec::stages
  std::vector<std::string> notes;
};

design::Rounding rounding_of(Rounding rounding) {
  switch (rounding) {
    case Rounding::down:
      return design::Rounding::floor;
    case Rounding::nearest:
      return design::Rounding::nearest;
    case Rounding::pow2:
      return design::Rounding::pow2;
    case Rounding::up:
      break;
  }
  return design::Rounding::up;
}

Sizes nested_sizes(const CampaignSpec& spec) {
  design::StageRequest request;
  request.points = spec.design.points;
  request.rounding = rounding_of(spec.design.rounding);
  request.count = spec.design.exact_count ? design::PointCount::exact : design::PointCount::rounded;
  for (const auto& stage : spec.stages) request.fractions.push_back(stage.upto);
  auto rounded = design::round_stages(request);
  Sizes sizes;
  sizes.design = rounded.sizes;
  sizes.dispatch = rounded.sizes;
  sizes.dispatch.back() = rounded.points;
  for (auto k = rounded.dropped; k < spec.stages.size(); ++k) sizes.kept.push_back(k);
  for (std::size_t k = 0; k < rounded.dropped; ++k)
    sizes.notes.push_back("stage " + spec.stages[k].name + " does not exist for " +
                          format_count(spec.design.points) + " points");
  for (auto& note : rounded.notes) sizes.notes.push_back(std::move(note));
  return sizes;
}

/// fraction x points, to the nearest whole number (halves go up).
std::uint64_t part_of(std::uint64_t points, double fraction) {
  return std::min(points,
                  static_cast<std::uint64_t>(std::floor(fraction * static_cast<double>(points) + 0.5)));
}

Sizes plain_sizes(const CampaignSpec& spec) {
  Sizes sizes;
  std::uint64_t last = 0;
  for (std::size_t k = 0; k < spec.stages.size(); ++k) {
    const auto& stage = spec.stages[k];
    const bool final = k + 1 == spec.stages.size();
    const auto size = final ? spec.design.points : part_of(spec.design.points, stage.upto);
    if (size <= last) {
      sizes.notes.push_back("stage " + stage.name + " is dropped: " + format_share(stage.upto) + " of " +
                            format_count(spec.design.points) + " points adds none to the stages before it");
      continue;
    }
    sizes.kept.push_back(k);
    sizes.dispatch.push_back(size);
    last = size;
  }
  sizes.design = sizes.dispatch;
  if (spec.design.method == DesignMethod::sobol &&
      !std::ranges::all_of(sizes.dispatch, [](std::uint64_t size) { return std::has_single_bit(size); }))
    sizes.notes.emplace_back(
        "Sobol' points are balanced where a stage ends at a power of two: `rounding: pow2`");
  return sizes;
}

/// A whole number from 1 to 255 as text, or 0.
std::size_t stage_number(std::string_view text) {
  if (text.empty() || text.size() > 3) return 0;
  std::size_t number = 0;
  for (char digit : text) {
    if (digit < '0' || digit > '9') return 0;
    number = number * 10 + static_cast<std::size_t>(digit - '0');
  }
  return number;
}

}  // namespace

StagePlan StagePlan::build(const CampaignSpec& spec) {
  ensure(!spec.stages.empty() && spec.design.points > 0, "a campaign has stages and points");
  const bool nested =
      spec.design.method == DesignMethod::nested_lhs || spec.design.rounding == Rounding::pow2;
  auto sizes = nested ? nested_sizes(spec) : plain_sizes(spec);
  StagePlan plan;
  SampleIndex begin = 0;
  for (std::size_t k = 0; k < sizes.kept.size(); ++k) {
    const auto& asked = spec.stages[sizes.kept[k]];
    plan.stages_.push_back(
        {{1, static_cast<std::uint8_t>(k + 1)}, asked.name, {begin, sizes.dispatch[k]}, asked.gate});
    begin = sizes.dispatch[k];
  }
  plan.design_sizes_ = std::move(sizes.design);
  plan.notes_ = std::move(sizes.notes);
  return plan;
}

const Stage& StagePlan::stage_of(SampleIndex index) const noexcept {
  const auto owner =
      std::ranges::upper_bound(stages_, index, {}, [](const Stage& stage) { return stage.range.end; });
  return owner == stages_.end() ? stages_.back() : *owner;
}

const Stage* StagePlan::find(std::string_view name) const noexcept {
  const auto named = std::ranges::find(stages_, name, &Stage::name);
  if (named != stages_.end()) return &*named;
  const auto number = stage_number(name);
  return number >= 1 && number <= stages_.size() ? &stages_[number - 1] : nullptr;
}

}  // namespace tranche::campaign
