/// \file
/// Processes that train one model together.
/// Layer: application (trainer, pure interface; MPI: mpi_peers.hpp).
#pragma once

#include <cstddef>
#include <span>

namespace tranche::trainer {

class Peers {
 public:
  virtual ~Peers() = default;
  virtual int rank() const noexcept = 0;
  virtual int size() const noexcept = 0;
  /// Collective: the sum over all, the same bits everywhere.
  virtual void sum(std::span<float> values) = 0;
  /// Collective: rank 0's.
  virtual void broadcast(std::span<std::byte> bytes) = 0;
};

}  // namespace tranche::trainer
