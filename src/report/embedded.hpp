/// \file
/// What a page carries along, put into the program when it is built (bundle_vega.cmake).
/// Layer: report (private).
#pragma once

#include <string_view>

namespace tranche::report::embedded {

extern const std::string_view vega;          ///< JavaScript that defines `vega`: parse, View, Warn
extern const std::string_view vega_licence;  ///< to be shown wherever it goes
extern const std::string_view style;         ///< CSS
extern const std::string_view draw;          ///< JavaScript that draws every chart of the page

}  // namespace tranche::report::embedded
