/// \file
/// Numbers in a JSON document.
/// Layer: core (pure). `file` is for messages only.
#pragma once

#include "tranche/readout/fault.hpp"

namespace tranche::readout {

/// The number, or the numbers of the (nested) list, that the JSON pointer names; true and false are 1 and 0,
/// and the texts "nan", "inf" and "-inf" what they say. As many as there are. An object {"value": ...,
/// "unit": "..."} is its value; the unit goes to `unit` if it is given.
Result<Numbers> read_json(std::string_view text, std::string_view pointer, std::string_view file,
                          std::string* unit = nullptr);

}  // namespace tranche::readout
