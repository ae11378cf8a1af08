#include "tranche/campaign/make_design.hpp"

namespace tranche::campaign {
namespace {

design::Order order_of(Visit visit) {
  return visit == Visit::file ? design::Order::file : design::Order::permuted;
}

std::vector<design::Domain> domains_of(const CampaignSpec& spec) {
  std::vector<design::Domain> domains;
  for (const auto& parameter : spec.parameters) domains.push_back(make_domain(parameter));
  return domains;
}

design::Design make_latin(const CampaignSpec& spec, const StagePlan& plan) {
  const auto sizes = plan.design_sizes();
  return design::Design::nested_lhs(domains_of(spec),
                                    {spec.design.seed, {sizes.begin(), sizes.end()}, plan.points()});
}

design::Design make_grid(const CampaignSpec& spec) {
  std::vector<std::uint64_t> counts;
  for (const auto& parameter : spec.parameters) counts.push_back(parameter.grid_points.value_or(0));
  return design::Design::grid(domains_of(spec),
                              {spec.design.seed, std::move(counts), order_of(spec.design.order)});
}

design::Design make_list(const CampaignSpec& spec) {
  return design::Design::list(
      {spec.design.seed, spec.parameters.size(), spec.design.list_values, order_of(spec.design.order)});
}

}  // namespace

design::Domain make_domain(const Parameter& parameter) {
  if (const auto* range = std::get_if<RealRange>(&parameter.domain))
    return range->scale == Scale::log ? design::Domain::log(range->lo, range->hi)
                                      : design::Domain::linear(range->lo, range->hi);
  if (const auto* whole = std::get_if<IntegerRange>(&parameter.domain))
    return design::Domain::integer(whole->lo, whole->hi);
  return design::Domain::levels(std::get<Levels>(parameter.domain).names.size());
}

design::Design make_design(const CampaignSpec& spec, const StagePlan& plan) {
  switch (spec.design.method) {
    case DesignMethod::random:
      return design::Design::random(domains_of(spec), spec.design.seed, plan.points());
    case DesignMethod::sobol:
      return design::Design::sobol(domains_of(spec), spec.design.seed, plan.points());
    case DesignMethod::grid:
      return make_grid(spec);
    case DesignMethod::list:
      return make_list(spec);
    case DesignMethod::nested_lhs:
      break;
  }
  return make_latin(spec, plan);
}

}  // namespace tranche::campaign
