#include "tranche/base/errors.hpp"

#include <catch2/catch.hpp>
#include <cstring>

using namespace tranche;

TEST_CASE("A ConfigError carries every problem and says them all") {
  const ConfigError error{{{"first", {"a", 1, 2}, "", ""}, {"second", {"a", 3, 4}, "", "fix it"}}};
  CHECK(error.problems().size() == 2);
  CHECK(std::string{error.what()} == "first\nsecond");
}

TEST_CASE("Each error of the world ends in its exit code") {
  CHECK(IoError{"disk"}.code() == ExitCode::environment);
  CHECK(DbError{"sqlite"}.code() == ExitCode::environment);
  CHECK(MpiError{"mpi"}.code() == ExitCode::environment);
  CHECK(DamageError{"row", "tranche verify"}.code() == ExitCode::damaged);
  CHECK(DamageError{"row", "tranche verify"}.fix() == "tranche verify");
}

TEST_CASE("A broken promise throws with its text, a kept one does nothing") {
  CHECK_NOTHROW(ensure(true, "never said"));
  CHECK_THROWS_WITH(ensure(false, "indices are contiguous"), "indices are contiguous");
}
