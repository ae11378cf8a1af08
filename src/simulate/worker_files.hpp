/// \file
/// Where the programs and modules of workers are.
/// Layer: adapter (files).
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "tranche/simulate/simulator_files.hpp"

namespace tranche::simulate {

/// The program; arguments that name files beside campaign.yaml become absolute and are inputs. A program
/// found in PATH that is given such files is their interpreter.
std::variant<SimulatorFiles, Problem> find_worker(const std::string& campaign_dir,
                                                  const campaign::WorkerSpec& worker);

/// The interpreter, running share/tranche/tranche_worker.py (as seen from the running program) with the
/// module: one file, or all *.py of a package.
std::variant<SimulatorFiles, Problem> find_python(const std::string& campaign_dir,
                                                  const campaign::PythonSpec& python);

}  // namespace tranche::simulate
