#include "tranche/comm/mpi_env.hpp"

#include <cstdlib>

#include "mpi_check.hpp"

namespace tranche::comm {

MpiEnv::MpiEnv(int& argc, char**& argv) {
  int provided = 0;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  check(MPI_Comm_dup(MPI_COMM_WORLD, &world_), "MPI_Comm_dup");
  check(MPI_Comm_set_errhandler(world_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(world_, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(world_, &size_), "MPI_Comm_size");
}

MpiEnv::~MpiEnv() {
  // Reached without finalize() only when something failed first: leave without a collective call.
}

void MpiEnv::finalize() {
  if (finalized_) return;
  finalized_ = true;
  MPI_Comm_free(&world_);
  MPI_Finalize();
}

void MpiEnv::abort(int exit_code) {
  if (size_ > 1) MPI_Abort(MPI_COMM_WORLD, exit_code);  // alone there is nobody to tell, and it is loud
  std::_Exit(exit_code);
}

bool all_agree(MPI_Comm comm, bool mine) {
  int in = mine ? 1 : 0;
  int out = 0;
  check(MPI_Allreduce(&in, &out, 1, MPI_INT, MPI_MIN, comm), "MPI_Allreduce");
  return out == 1;
}

std::string broadcast(MPI_Comm comm, std::string text) {
  std::uint64_t size = text.size();
  check(MPI_Bcast(&size, 1, MPI_UINT64_T, 0, comm), "MPI_Bcast");
  text.resize(size);
  check(MPI_Bcast(text.data(), static_cast<int>(size), MPI_CHAR, 0, comm), "MPI_Bcast");
  return text;
}

}  // namespace tranche::comm
