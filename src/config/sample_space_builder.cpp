#include "tranche/config/sample_space_builder.hpp"

#include "tranche/campaign/make_design.hpp"
#include "tranche/expression/expression.hpp"

namespace tranche::config {
namespace {

design::ScalarFunction compiled(const std::string& formula, const std::vector<std::string>& names,
                                const SourcePlace& where) {
  try {
    return expression::Expression::compile(formula, names);
  } catch (const expression::ExpressionError& error) {
    throw ConfigError{Problem{error.what(), where, "", ""}};
  }
}

}  // namespace

design::SampleSpace make_sample_space(const campaign::CampaignSpec& spec, const campaign::StagePlan& plan) {
  std::vector<std::string> names;
  design::SampleSpace::Formulas formulas;
  for (const auto& parameter : spec.parameters) names.push_back(parameter.name);
  for (const auto& constant : spec.constants) {
    names.push_back(constant.name);
    formulas.constants.push_back(constant.value);
  }
  for (const auto& derived : spec.derived) {
    formulas.derived.push_back(compiled(derived.expression, names, derived.where));
    names.push_back(derived.name);
  }
  for (const auto& constraint : spec.constraints)
    formulas.constraints.push_back(compiled(constraint.expression, names, constraint.where));
  return {campaign::make_design(spec, plan), std::move(formulas)};
}

}  // namespace tranche::config
