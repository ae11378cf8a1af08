#include "arguments.hpp"

#include <cmath>
#include <utility>

#include "tranche/base/errors.hpp"

namespace tranche::inspect {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  Problem problem;
  problem.what = what;
  problem.fix = fix;
  throw ConfigError{std::move(problem)};
}

[[noreturn]] void refuse_type(const std::string& verb, const char* key, const std::string& wanted) {
  refuse("the argument `" + std::string{key} + "` of " + verb + " is not " + wanted,
         "tranche " + verb + " writes the request itself");
}

}  // namespace

Arguments::Arguments(std::string verb, const std::string& json)
    : verb_{std::move(verb)}, object_(nlohmann::json::parse(json, nullptr, false)) {
  if (!object_.is_object())
    refuse("the arguments of " + verb_ + " are not a JSON object",
           "tranche " + verb_ + " writes the request itself");
}

const nlohmann::json* Arguments::find(const char* key) const {
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> Arguments::text(const char* key) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse_type(verb_, key, "text");
  return value->get<std::string>();
}

std::optional<std::uint64_t> Arguments::count(const char* key) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned()) refuse_type(verb_, key, "a whole number from 0");
  return value->get<std::uint64_t>();
}

std::optional<double> Arguments::positive(const char* key) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number() || !(value->get<double>() > 0) || !std::isfinite(value->get<double>()))
    refuse_type(verb_, key, "a number above 0");
  return value->get<double>();
}

bool Arguments::flag(const char* key) const {
  const auto* value = find(key);
  if (value == nullptr) return false;
  if (!value->is_boolean()) refuse_type(verb_, key, "true or false");
  return value->get<bool>();
}

}  // namespace tranche::inspect
