#include "patience.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

using tranche::launch::Patience;
using Word = Patience::Word;

TEST_CASE("ranks that meet in time are left alone for ever") {
  Patience watch{100, 300};
  CHECK(watch.look(false, 399) == Word::wait);
  CHECK(watch.look(true, 399.5) == Word::wait);
  CHECK(watch.look(false, 1e9) == Word::wait);  // the file by which it is known goes at the end
  CHECK_FALSE(watch.gave_up());
}

TEST_CASE("a launcher whose ranks do not meet is asked to end, and killed if it does not") {
  Patience watch{100, 300};
  CHECK(watch.look(false, 400) == Word::end);
  CHECK(watch.gave_up());
  CHECK(watch.look(false, 405) == Word::wait);
  CHECK(watch.look(true, 406) == Word::wait);  // too late
  CHECK(watch.look(false, 411) == Word::kill);
  CHECK(watch.look(false, 500) == Word::wait);
  Patience paused{0, 300};
  CHECK(paused.look(false, 1000) == Word::kill);
}

TEST_CASE("the limit may be set, but not to nothing") {
  unsetenv("TRANCHE_START_S");
  CHECK(tranche::launch::start_limit_s() == 300);
  setenv("TRANCHE_START_S", "20", 1);
  CHECK(tranche::launch::start_limit_s() == 20);
  setenv("TRANCHE_START_S", "0", 1);
  CHECK(tranche::launch::start_limit_s() == 2);
  setenv("TRANCHE_START_S", "soon", 1);
  CHECK(tranche::launch::start_limit_s() == 300);
  unsetenv("TRANCHE_START_S");
}
