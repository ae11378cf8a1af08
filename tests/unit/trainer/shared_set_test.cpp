#include "shared_set.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <deque>
#include <vector>

using namespace tranche;
using namespace tranche::trainer;

namespace {

/// Hears in order what the other has said.
class Line : public Peers {
 public:
  Line(std::deque<std::vector<std::byte>>& line, int rank) : line_{line}, rank_{rank} {}
  int rank() const noexcept override { return rank_; }
  int size() const noexcept override { return 2; }
  void sum(std::span<float>) override { FAIL("nothing is summed here"); }
  void broadcast(std::span<std::byte> bytes) override {
    if (rank_ == 0) {
      line_.emplace_back(bytes.begin(), bytes.end());
      return;
    }
    REQUIRE(!line_.empty());
    REQUIRE(line_.front().size() == bytes.size());
    std::copy(line_.front().begin(), line_.front().end(), bytes.begin());
    line_.pop_front();
  }

 private:
  std::deque<std::vector<std::byte>>& line_;
  int rank_;
};

}  // namespace

TEST_CASE("rows arrive as they were sent") {
  std::deque<std::vector<std::byte>> line;
  Line first{line, 0};
  Line second{line, 1};
  const TrainingSet rows{learn::Matrix::Random(7, 2), learn::Matrix::Random(7, 5)};
  const TrainingSet check{learn::Matrix::Random(3, 2), learn::Matrix::Random(3, 5)};
  send(first, rows, check);
  const auto received = receive(second);
  REQUIRE(received);
  CHECK(received->rows.x == rows.x);
  CHECK(received->rows.z == rows.z);
  CHECK(received->check.x == check.x);
  CHECK(received->check.z == check.z);
  CHECK(received->targets == 5);
  CHECK(line.empty());
}

TEST_CASE("nothing to do is said too") {
  std::deque<std::vector<std::byte>> line;
  Line first{line, 0};
  Line second{line, 1};
  send_nothing(first);
  CHECK_FALSE(receive(second));
}
