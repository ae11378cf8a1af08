/// \file
/// Files that `tranche init` writes, embedded at build time from campaigns/ (embed_text.cmake).
/// Layer: application (cli).
#pragma once

#include <string_view>

namespace tranche::cli::templates {

extern const std::string_view starter_campaign;
extern const std::string_view starter_source;
extern const std::string_view ssc_campaign;  ///< empty: this build has no such example

}  // namespace tranche::cli::templates
