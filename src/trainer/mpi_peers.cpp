#include "mpi_peers.hpp"

#include <algorithm>

#include "tranche/base/errors.hpp"

namespace tranche::trainer {
namespace {

void check(int code, const char* call) {
  if (code != MPI_SUCCESS) throw MpiError{std::string{call} + " failed with code " + std::to_string(code)};
}

/// Counts are int in MPI.
constexpr std::size_t most = 1 << 30;

}  // namespace

void MpiPeers::sum(std::span<float> values) {
  check(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_FLOAT, MPI_SUM,
                      mpi_.world()),
        "MPI_Allreduce");
}

void MpiPeers::broadcast(std::span<std::byte> bytes) {
  for (std::size_t from = 0; from < bytes.size(); from += most) {
    const auto piece = bytes.subspan(from, std::min(most, bytes.size() - from));
    check(MPI_Bcast(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, 0, mpi_.world()), "MPI_Bcast");
  }
}

}  // namespace tranche::trainer
