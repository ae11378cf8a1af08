// libFuzzer's entry, one program a target: -DTARGET=wire and so on.
#include <cstddef>

#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tranche::fuzz::TARGET({data, size});
  return 0;
}
