/// \file
/// Texts and numbers of all ranks, for checks. Layer: daemon. Collective.
#pragma once

#include <mpi.h>

#include <string>
#include <vector>

namespace tranche::daemon {

inline int rank_in(MPI_Comm comm) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  return rank;
}

inline int size_of(MPI_Comm comm) {
  int size = 1;
  MPI_Comm_size(comm, &size);
  return size;
}

/// One a rank, on rank 0.
inline std::vector<double> gather(MPI_Comm comm, double mine) {
  std::vector<double> all(static_cast<std::size_t>(size_of(comm)));
  MPI_Gather(&mine, 1, MPI_DOUBLE, all.data(), 1, MPI_DOUBLE, 0, comm);
  return all;
}

/// One a rank, on rank 0; empty elsewhere.
inline std::vector<std::string> gather(MPI_Comm comm, const std::string& mine) {
  const int size = size_of(comm);
  const bool root = rank_in(comm) == 0;
  const int length = static_cast<int>(mine.size());
  std::vector<int> lengths(static_cast<std::size_t>(size));
  MPI_Gather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, 0, comm);
  std::vector<int> begins;
  int total = 0;
  for (const int each : lengths) {
    begins.push_back(total);
    total += each;
  }
  std::string text(root ? static_cast<std::size_t>(total) : 0, ' ');
  MPI_Gatherv(mine.data(), length, MPI_CHAR, text.data(), lengths.data(), begins.data(), MPI_CHAR, 0, comm);
  std::vector<std::string> all;
  if (!root) return all;
  for (std::size_t k = 0; k < lengths.size(); ++k)
    all.push_back(text.substr(static_cast<std::size_t>(begins[k]), static_cast<std::size_t>(lengths[k])));
  return all;
}

}  // namespace tranche::daemon
