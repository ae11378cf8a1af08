/// \file
/// MPI_Init to MPI_Finalize, and the communicator in between.
/// Layer: adapter (MPI). Main thread only.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <string>

namespace tranche::comm {

/// Guard for MPI itself. Lives in main *outside* the try block: after an error other ranks may hang in
/// a collective, so `abort` is the only way out, and finalizing during unwinding would hang.
class MpiEnv {
 public:
  /// \throws MpiError
  MpiEnv(int& argc, char**& argv);
  ~MpiEnv();
  MpiEnv(const MpiEnv&) = delete;
  MpiEnv& operator=(const MpiEnv&) = delete;

  int rank() const noexcept { return rank_; }
  int size() const noexcept { return size_; }
  MPI_Comm world() const noexcept { return world_; }

  /// Orderly end, all ranks.
  void finalize();
  /// Ends every rank of the job now. Does not return.
  [[noreturn]] void abort(int exit_code);

 private:
  MPI_Comm world_ = MPI_COMM_NULL;  ///< a duplicate, so that no library's messages meet ours
  int rank_ = 0;
  int size_ = 1;
  bool finalized_ = false;
};

/// Collective: true on every rank iff `mine` is true on all.
bool all_agree(MPI_Comm comm, bool mine);

/// Collective: rank 0's text on every rank.
std::string broadcast(MPI_Comm comm, std::string text);

}  // namespace tranche::comm
