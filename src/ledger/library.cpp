#include "tranche/ledger/library.hpp"

#include <sqlite3.h>

namespace tranche::ledger {

std::string library_version() {
  return std::string{"SQLite "} + sqlite3_libversion();
}

}  // namespace tranche::ledger
