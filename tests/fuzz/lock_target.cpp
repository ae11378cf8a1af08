#include "targets.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/config/lock_file.hpp"

namespace tranche::fuzz {

void lock(Bytes bytes) {
  try {
    (void)config::parse_lock(text_of(bytes));
  } catch (const DamageError&) {
  }
}

}  // namespace tranche::fuzz
