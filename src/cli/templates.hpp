/// \file
/// Files that `tranche init` and `tranche submit` write, embedded at build time (embed_text.cmake).
/// Layer: application (cli).
#pragma once

#include <string_view>

namespace tranche::cli::templates {

extern const std::string_view starter_campaign;
extern const std::string_view starter_source;
extern const std::string_view python_campaign;  ///< with words to fill in (init_python.cpp)
extern const std::string_view python_source;
extern const std::string_view ssc_campaign;  ///< empty: this build has no such example
extern const std::string_view command_campaign;  ///< COMMAND stands for the program
extern const std::string_view job_script;    ///< with words to fill in (slurm/job_script.hpp)

}  // namespace tranche::cli::templates
