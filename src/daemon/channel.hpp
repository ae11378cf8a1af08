/// \file
/// Typed messages between the master and every agent.
/// Layer: daemon. Main thread only; nothing blocks.
///
///   master --orders--> agent        bytes, to other ranks over MPI
///   master <--facts--- agent        likewise; but rank 0's own as they are: an epoch's records are many
#pragma once

#include <mpi.h>

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "tranche/comm/mpi_transport.hpp"
#include "tranche/wire/messages.hpp"

namespace tranche::daemon {

class Channel {
 public:
  explicit Channel(MPI_Comm comm);

  void send_order(int rank, const wire::ToAgent& order);  ///< rank 0
  void send_fact(wire::FromAgent fact);                   ///< any rank
  std::optional<wire::ToAgent> next_order();              ///< any rank

  struct Fact {
    int from = 0;
    wire::FromAgent body;
  };
  std::optional<Fact> next_fact();  ///< rank 0

  /// Frees finished sends; true if none is left.
  bool flush() { return transport_.flush(); }

 private:
  int rank_;
  comm::MpiTransport transport_;
  std::deque<std::vector<std::byte>> own_orders_;
  std::deque<wire::FromAgent> own_facts_;
};

}  // namespace tranche::daemon
