#include "shared_set.hpp"

#include <array>

namespace tranche::trainer {
namespace {

/// Rows, checked rows, inputs, targets.
using Sizes = std::array<std::uint64_t, 4>;

void share(Peers& peers, Sizes& sizes) {
  peers.broadcast(std::as_writable_bytes(std::span{sizes}));
}

void share(Peers& peers, learn::Matrix& matrix) {
  peers.broadcast(std::as_writable_bytes(std::span{matrix.data(), static_cast<std::size_t>(matrix.size())}));
}

learn::Matrix room(std::uint64_t rows, std::uint64_t columns) {
  return {static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns)};
}

std::uint64_t count(Eigen::Index value) {
  return static_cast<std::uint64_t>(value);
}

}  // namespace

void send(Peers& peers, const TrainingSet& rows, const TrainingSet& check) {
  Sizes sizes{count(rows.x.rows()), count(check.x.rows()), count(rows.x.cols()), count(rows.z.cols())};
  share(peers, sizes);
  for (const auto* set : {&rows, &check})
    for (auto matrix : {set->x, set->z}) share(peers, matrix);
}

void send_nothing(Peers& peers) {
  Sizes sizes{};
  share(peers, sizes);
}

std::optional<SharedSet> receive(Peers& peers) {
  Sizes sizes{};
  share(peers, sizes);
  if (sizes[0] == 0) return std::nullopt;
  SharedSet set{{room(sizes[0], sizes[2]), room(sizes[0], sizes[3])},
                {room(sizes[1], sizes[2]), room(sizes[1], sizes[3])},
                sizes[3]};
  for (auto* matrix : {&set.rows.x, &set.rows.z, &set.check.x, &set.check.z}) share(peers, *matrix);
  return set;
}

}  // namespace tranche::trainer
