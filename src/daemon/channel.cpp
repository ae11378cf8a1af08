#include "channel.hpp"

#include <utility>

#include "gather.hpp"
#include "tranche/wire/codec.hpp"

namespace tranche::daemon {
namespace {

template <class Message>
std::optional<Message> take(std::deque<Message>& queue) {
  if (queue.empty()) return std::nullopt;
  Message first = std::move(queue.front());
  queue.pop_front();
  return first;
}

}  // namespace

Channel::Channel(MPI_Comm comm) : rank_{rank_in(comm)}, transport_{comm} {}

void Channel::send_order(int rank, const wire::ToAgent& order) {
  if (rank == rank_) {
    own_orders_.push_back(wire::encode(order));
  } else {
    transport_.send_order(rank, wire::encode(order));
  }
}

void Channel::send_fact(wire::FromAgent fact) {
  if (rank_ == 0) {
    own_facts_.push_back(std::move(fact));
  } else {
    transport_.send_fact(wire::encode(fact));
  }
}

std::optional<wire::ToAgent> Channel::next_order() {
  const auto bytes = rank_ == 0 ? take(own_orders_) : transport_.next_order();
  if (!bytes) return std::nullopt;
  return wire::decode_to_agent(*bytes);
}

std::optional<Channel::Fact> Channel::next_fact() {
  if (auto own = take(own_facts_)) return Fact{rank_, std::move(*own)};
  const auto envelope = transport_.next_fact();
  if (!envelope) return std::nullopt;
  return Fact{envelope->from, wire::decode_from_agent(envelope->bytes)};
}

}  // namespace tranche::daemon
