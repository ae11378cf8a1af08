#include "tranche/inspect/failure_places.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "tranche/atlas/index_sample.hpp"
#include "tranche/base/text.hpp"

namespace tranche::inspect {
namespace {

using atlas::IndexSample;

constexpr std::size_t most_reasons = 20;

bool is_log(const campaign::Parameter& parameter) {
  const auto* range = std::get_if<campaign::RealRange>(&parameter.domain);
  return range != nullptr && range->scale == campaign::Scale::log;
}

atlas::Axis axis_of(const campaign::Parameter& parameter) {
  using Kind = atlas::Axis::Kind;
  if (const auto* levels = std::get_if<campaign::Levels>(&parameter.domain))
    return {parameter.name, Kind::levels, 0, 0, levels->names};
  if (const auto* whole = std::get_if<campaign::IntegerRange>(&parameter.domain))
    return {parameter.name, Kind::integer, static_cast<double>(whole->lo), static_cast<double>(whole->hi)};
  const auto& range = std::get<campaign::RealRange>(parameter.domain);
  if (range.scale == campaign::Scale::linear) return {parameter.name, Kind::real, range.lo, range.hi};
  return {"log10(" + parameter.name + ")", Kind::real, std::log10(range.lo), std::log10(range.hi)};
}

/// Rows of all stages that have the same state and reason.
struct Group {
  FailurePlace place;
  std::vector<IndexSample> samples{};

  std::uint64_t bound() const {
    auto bound = IndexSample::no_bound;
    for (const auto& sample : samples) bound = std::min(bound, sample.bound());
    return bound;
  }
  std::vector<SampleIndex> indices(std::uint64_t bound) const {
    std::vector<SampleIndex> all;
    for (const auto& sample : samples) {
      const auto some = sample.indices(bound);
      all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    return all;
  }
};

std::vector<Group> group(const std::vector<directory::FailureRow>& rows, const campaign::Stage* only) {
  std::vector<Group> groups;
  for (const auto& row : rows) {
    if (row.count == 0) continue;
    if (only != nullptr && row.stage != only->key.stage) continue;
    auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& each) {
      return each.place.state == row.state && each.place.reason == row.reason;
    });
    if (found == groups.end()) {
      FailurePlace place;
      place.state = row.state;
      place.reason = row.reason;
      groups.push_back({std::move(place)});
      found = std::prev(groups.end());
    }
    found->place.count += row.count;
    found->samples.push_back(IndexSample::restored(row.sample, row.count));
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.place.count > b.place.count; });
  if (groups.size() > most_reasons) groups.resize(most_reasons);
  return groups;
}

/// Anybody may have written the file: what is no index of the design is left out.
atlas::Points points_of(const CampaignView& view, std::vector<SampleIndex> indices) {
  std::erase_if(indices, [&](auto index) { return index >= view.plan.points(); });
  const auto& parameters = view.spec.parameters;
  const auto width = parameters.size();
  atlas::Points points{width, std::vector<double>(width * indices.size())};
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const auto row = std::span{points.values}.subspan(k * width, width);
    view.space.design().values(indices[k], row);
    for (std::size_t p = 0; p < width; ++p)
      if (is_log(parameters[p])) row[p] = std::log10(row[p]);
  }
  return points;
}

std::string text_of(const FailurePlace& place) {
  const auto name = place.reason.empty() ? place.state : place.reason;
  switch (place.answer.kind) {
    case atlas::Answer::Kind::too_few:
      if (place.count >= atlas::fewest_failures && place.examined < atlas::fewest_failures)
        return name + ": not looked into, there are too many reasons";
      return name + ": too few to say where";
    case atlas::Answer::Kind::all_over:
      return name + ": in no particular part of the box";
    case atlas::Answer::Kind::found:
      break;
  }
  const auto text = atlas::sentence(place.axes, place.answer.region, name, place.fail_share);
  if (place.examined == place.count) return text;
  return text + " (" + format_count(place.examined) + " of " + format_count(place.count) + " looked at)";
}

/// Those of the sample that lie in the stage and did not fail for the reason. Both samples are cut at the
/// same lot, so that whoever is in the one and failed is in the other.
std::vector<SampleIndex> others_of(const Group& group, const IndexSample& finished,
                                   const campaign::Stage* only) {
  const auto bound = std::min(group.bound(), finished.bound());
  const auto all = finished.indices(bound);
  const auto failed = group.indices(bound);
  std::vector<SampleIndex> others;
  std::set_difference(all.begin(), all.end(), failed.begin(), failed.end(), std::back_inserter(others));
  if (only != nullptr) std::erase_if(others, [&](auto index) { return !only->range.contains(index); });
  return others;
}

}  // namespace

std::vector<atlas::Axis> atlas_axes(const campaign::CampaignSpec& spec) {
  std::vector<atlas::Axis> axes;
  for (const auto& parameter : spec.parameters) axes.push_back(axis_of(parameter));
  return axes;
}

std::vector<FailurePlace> failure_places(const CampaignView& view, const directory::Failures& failures,
                                         std::uint64_t finished, const campaign::Stage* only) {
  const auto axes = atlas_axes(view.spec);
  const auto all = IndexSample::restored(failures.finished_sample, failures.finished);
  std::vector<FailurePlace> places;
  for (auto& each : group(failures.rows, only)) {
    auto& place = each.place;
    const auto indices = each.indices(each.bound());
    const auto failed = points_of(view, indices);
    const auto others = points_of(view, others_of(each, all, only));
    place.examined = indices.size();
    place.compared = others.size();
    place.fail_share = std::min(
        1.0, static_cast<double>(place.count) / static_cast<double>(std::max(finished, place.count)));
    place.answer = atlas::worst_region({axes, &failed, &others, place.fail_share});
    place.axes = axes;
    place.text = text_of(place);
    places.push_back(std::move(place));
  }
  return places;
}

}  // namespace tranche::inspect
