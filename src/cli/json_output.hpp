/// \file
/// One document on stdout, its first key the kind and format version: {"tranche_check": 1, ...}.
/// Layer: application (cli).
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>

#include "context.hpp"

namespace tranche::cli {

using Json = nlohmann::ordered_json;

inline void print_json(const Context& context, const Json& document) {
  context.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace tranche::cli
