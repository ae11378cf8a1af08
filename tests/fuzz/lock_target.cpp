#include "targets.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/config/lock_file.hpp"

namespace tranche::fuzz {

void lock(Bytes bytes) {
  try {
    (void)config::parse_lock(text_of(bytes));
  } catch (const DamageError&) {
  } catch (const Failure& refusal) {
    must(refusal.code() == ExitCode::usage, "a newer lock is refused as such");
  }
}

}  // namespace tranche::fuzz
