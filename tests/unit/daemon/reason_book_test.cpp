#include "reason_book.hpp"

#include <catch2/catch.hpp>

using tranche::RunRecord;
using tranche::daemon::ReasonBook;

namespace {

RunRecord settled(ReasonBook& book, const std::string& reason, const std::string& message = "") {
  RunRecord run;
  run.reason = reason;
  run.message = message;
  book.settle(run);
  return run;
}

}  // namespace

TEST_CASE("reasons beyond the most there may be are `other`, and keep their words") {
  ReasonBook book{{"known"}};
  for (std::size_t k = 1; k < ReasonBook::most; ++k) {
    const auto reason = "residual_" + std::to_string(k);
    REQUIRE(settled(book, reason, "m").reason == reason);
  }
  CHECK(settled(book, "residual_0", "too large").reason == "other");
  CHECK(settled(book, "residual_0", "too large").message == "residual_0: too large");
  CHECK(settled(book, "residual_0").message == "residual_0");
  CHECK(settled(book, "known", "m").reason == "known");
  CHECK(settled(book, "residual_1", "m").message == "m");
  CHECK(settled(book, "").reason.empty());
}
