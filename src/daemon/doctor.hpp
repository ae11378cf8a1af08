/// \file
/// `tranched --tool doctor`: what only several ranks together can tell of a machine.
/// Layer: daemon. Collective.
#pragma once

#include <mpi.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tranche/inspect/fitness.hpp"

namespace tranche::daemon {

struct DoctorQuestion {
  std::filesystem::path folder;  ///< empty, in the campaign directory; all ranks write there
  std::uint32_t slots = 1;       ///< of this rank
  std::uint32_t slot_cores = 1;  ///< that each of them takes
  std::uint32_t cores = 1;       ///< this rank may use
  std::size_t nodes = 0;         ///< of the job of Slurm that this is; 0: it is none
};

/// The checks, on rank 0. Others return nothing. A check that fails never keeps the next one from running.
std::vector<inspect::FitnessCheck> examine(MPI_Comm comm, const DoctorQuestion& question);

}  // namespace tranche::daemon
