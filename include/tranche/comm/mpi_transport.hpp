/// \file
/// Byte messages between rank 0 (master) and the agents of the other ranks.
/// Layer: adapter (MPI). Main thread only; nothing blocks.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <list>
#include <optional>
#include <vector>

namespace tranche::comm {

struct Envelope {
  int from = 0;
  std::vector<std::byte> bytes;
};

/// Two directions that never mix: orders (0 -> agent) and facts (agent -> 0). Order is kept per pair.
class MpiTransport {
 public:
  explicit MpiTransport(MPI_Comm comm);

  void send_order(int agent, std::vector<std::byte> bytes);  ///< rank 0
  void send_fact(std::vector<std::byte> bytes);              ///< any other
  std::optional<std::vector<std::byte>> next_order();        ///< any other
  std::optional<Envelope> next_fact();                       ///< rank 0

  /// Frees finished sends; true if none is left.
  bool flush();

 private:
  struct Pending {
    std::vector<std::byte> bytes;
    MPI_Request request;
  };
  void send(int to, int tag, std::vector<std::byte> bytes);
  std::optional<Envelope> receive(int from, int tag);

  MPI_Comm comm_;
  std::list<Pending> pending_;
};

}  // namespace tranche::comm
