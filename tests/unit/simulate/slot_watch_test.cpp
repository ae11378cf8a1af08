// What agent and zygote say to each other about a damaged slot.
#include "slot_watch.hpp"

#include <catch2/catch.hpp>

using namespace tranche;
using namespace tranche::simulate;

TEST_CASE("an order to kill that crosses the report of the death is not one for the next process") {
  SharedMemory memory{AreaLayout{8, 64}, 1};
  SlotVerdict& verdict = memory.verdict(0);
  const SlotFiles files;
  SlotWatch watch{0, memory.slot(0), verdict, {}, {}, files};
  watch.distrust();  // nobody to kill: reported at once
  CHECK(verdict.damaged.load() == 1);
  CHECK(watch.awaits_mending());
  verdict.damaged.store(0);  // the agent has set up the queue anew; what it says of that is on its way
  watch.distrust();
  CHECK(verdict.damaged.load() == 0);
  CHECK(watch.awaits_mending());
  watch.mended();
  CHECK(!watch.awaits_mending());
}
