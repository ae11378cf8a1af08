#include "tranche/comm/mpi_transport.hpp"

#include <climits>

#include "mpi_check.hpp"

namespace tranche::comm {
namespace {

constexpr int order_tag = 1;
constexpr int fact_tag = 2;

}  // namespace

MpiTransport::MpiTransport(MPI_Comm comm) : comm_{comm} {}

void MpiTransport::send_order(int agent, std::vector<std::byte> bytes) {
  send(agent, order_tag, std::move(bytes));
}

void MpiTransport::send_fact(std::vector<std::byte> bytes) {
  send(0, fact_tag, std::move(bytes));
}

std::optional<std::vector<std::byte>> MpiTransport::next_order() {
  auto envelope = receive(0, order_tag);
  if (!envelope) return std::nullopt;
  return std::move(envelope->bytes);
}

std::optional<Envelope> MpiTransport::next_fact() {
  return receive(MPI_ANY_SOURCE, fact_tag);
}

void MpiTransport::send(int to, int tag, std::vector<std::byte> bytes) {
  ensure(bytes.size() <= INT_MAX, "a message fits into one MPI send");
  auto& pending = pending_.emplace_back(Pending{std::move(bytes), MPI_REQUEST_NULL});
  check(MPI_Isend(pending.bytes.data(), static_cast<int>(pending.bytes.size()), MPI_BYTE, to, tag, comm_,
                  &pending.request),
        "MPI_Isend");
}

bool MpiTransport::flush() {
  for (auto at = pending_.begin(); at != pending_.end();) {
    int done = 0;
    check(MPI_Test(&at->request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    at = done != 0 ? pending_.erase(at) : std::next(at);
  }
  return pending_.empty();
}

std::optional<Envelope> MpiTransport::receive(int from, int tag) {
  int waiting = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  check(MPI_Improbe(from, tag, comm_, &waiting, &message, &status), "MPI_Improbe");
  if (waiting == 0) return std::nullopt;
  int count = 0;
  check(MPI_Get_count(&status, MPI_BYTE, &count), "MPI_Get_count");
  Envelope envelope{status.MPI_SOURCE, std::vector<std::byte>(static_cast<std::size_t>(count))};
  check(MPI_Mrecv(envelope.bytes.data(), count, MPI_BYTE, &message, MPI_STATUS_IGNORE), "MPI_Mrecv");
  return envelope;
}

}  // namespace tranche::comm
