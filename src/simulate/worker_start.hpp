/// \file
/// How the program of a worker is started.
/// Layer: adapter (simulate).
#pragma once

#include <string>

#include "child_process.hpp"
#include "tranche/simulate/simulator_files.hpp"

namespace tranche::simulate {

inline ProgramStart worker_start(const SimulatorFiles& files, const std::string& rundir, int err) {
  ProgramStart start;
  start.program = files.program;
  start.arguments = files.arguments;
  start.variables = files.variables;
  start.directory = rundir;
  start.err = err;
  return start;
}

}  // namespace tranche::simulate
