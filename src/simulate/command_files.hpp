/// \file
/// The files a command consists of: its program, and what belongs to it.
/// Layer: adapter (simulate).
#pragma once

#include <string>
#include <variant>

#include "tranche/base/errors.hpp"
#include "tranche/campaign/command.hpp"
#include "tranche/simulate/simulator_files.hpp"

namespace tranche::simulate {

/// The program: an absolute name as it is, else beside campaign.yaml, else (a bare name) beside
/// the running tranche, else in PATH; it must be
/// one that can be started. Then templates, linked files, and files that arguments name by absolute paths,
/// `{campaign}` filled in. A program from PATH that is given a script is its interpreter. A Problem that says
/// what is wrong with the program.
std::variant<SimulatorFiles, Problem> find_command(const std::string& campaign_dir,
                                                   const campaign::CommandSpec& command);

/// The program alone, by the same rules; its links are not followed.
std::variant<std::string, Problem> find_program(const std::string& campaign_dir, const std::string& name);

/// Whether an argument can only be meant as a file.
bool looks_like_script(const std::string& argument);

/// The absolute path of a program in PATH; empty if there is none.
std::string find_in_path(const std::string& name);

}  // namespace tranche::simulate
