/// \file
/// Peers as the ranks of an MPI job.
/// Layer: application (trainer; MPI).
#pragma once

#include "peers.hpp"
#include "tranche/comm/mpi_env.hpp"

namespace tranche::trainer {

/// \throws MpiError in the collective members
class MpiPeers : public Peers {
 public:
  explicit MpiPeers(const comm::MpiEnv& mpi) : mpi_{mpi} {}
  int rank() const noexcept override { return mpi_.rank(); }
  int size() const noexcept override { return mpi_.size(); }
  void sum(std::span<float> values) override;
  void broadcast(std::span<std::byte> bytes) override;

 private:
  const comm::MpiEnv& mpi_;
};

}  // namespace tranche::trainer
