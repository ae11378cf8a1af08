/// \file
/// The second instant of `mid-commit`: SQLite has synced its journal and written the first page of the
/// transaction into the ledger. A death here leaves a hot journal.
#pragma once

namespace tranche::half_commit {

/// The next write into a database calls failpoint("mid-commit") again.
void watch_next_write();

}  // namespace tranche::half_commit
